/** Entries of each type as relay.yaml takes them, the least and the descriptor's example, with the variables of their secrets. */
import { relayConfigSchema } from '../../src/config/schema.ts';
import { secretKeys } from '../../src/config/secret-keys.ts';
import { DESTINATIONS, type DestinationType, descriptorOf } from '../../src/destinations/list.ts';
import { allCases } from './cases.ts';

/** Environment variables for the secrets of all {@link leastEntry}s. */
export const leastEnv: Record<string, string> = {};

const secret = secretKeys(relayConfigSchema);
const entries = new Map(
  DESTINATIONS.map(({ type, least }) => [
    type,
    Object.fromEntries(
      Object.entries(least).map(([key, value]) => {
        if (!secret.has(key)) return [key, value];
        const name = `${type}_${key}`.toUpperCase();
        if (typeof value !== 'object') return [key, variableFor(name, value)];
        const inside = Object.entries(value).map(([inner, one]) => [
          inner,
          variableFor(`${name}_${inner}`, one),
        ]);
        return [key, Object.fromEntries(inside)];
      }),
    ),
  ]),
);

/** A reference to a variable that has the value. */
function variableFor(name: string, value: unknown): string {
  leastEnv[name.toUpperCase()] = String(value);
  return `\${${name.toUpperCase()}}`;
}

/** Keys and values of the least entry, its type included. */
export function leastEntry(type: DestinationType): Readonly<Record<string, unknown>> {
  return entries.get(type) ?? {};
}

/** The name of a descriptor's example. */
export function exampleName(example: string): string {
  const name = /^[a-z0-9-]+(?=:\n)/.exec(example)?.[0];
  if (name === undefined) throw new Error(`the example begins with no name:\n${example}`);
  return name;
}

/** Values for the variables of all examples: secrets that the contract's cases use. */
export const exampleEnv: Readonly<Record<string, string>> = Object.fromEntries(
  DESTINATIONS.flatMap(({ type, variables }) =>
    variables.map((variable: { readonly name: string }) => [variable.name, sampleOf(type)]),
  ),
);

/** A secret that the type's schema takes. */
function sampleOf(type: DestinationType): string {
  if (descriptorOf(type).needs !== 'http') return 'a-secret-of-the-example';
  const made = allCases().find((one) => one.type === type)?.made;
  if (made === undefined) throw new Error(`cases.ts has no case of ${type}`);
  if (made.receiverSecret !== '') return made.receiverSecret;
  const entry = made.entry('https://hooks.example', '');
  const key = [...secret].find((one) => typeof entry[one] === 'string');
  return String(entry[key ?? '']);
}

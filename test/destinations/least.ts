/** The least entry of each type as relay.yaml takes it, with the variables that its secrets come from. */
import { relayConfigSchema } from '../../src/config/schema.ts';
import { secretKeys } from '../../src/config/schema-walk.ts';
import { DESTINATIONS, type DestinationType } from '../../src/destinations/list.ts';

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
        leastEnv[name] = String(value);
        return [key, `\${${name}}`];
      }),
    ),
  ]),
);

/** Keys and values of the least entry, its type included. */
export function leastEntry(type: DestinationType): Readonly<Record<string, unknown>> {
  return entries.get(type) ?? {};
}

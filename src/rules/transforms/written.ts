/** What the steps `lookup` and `geo` write: constants, and values of a list or a database. */
import { z } from 'zod';
import { isJsonObject, type JsonValue } from '../../shared/json.ts';
import type { Draft } from './draft.ts';
import type { StepContext } from './step.ts';

/** What is written into a column of the row. */
export type Written<Source> = { readonly value: JsonValue } | { readonly from: Source };

const constant = z
  .strictObject({ value: z.json().describe('Written as it is. "$NAME" is a variable of relay.yaml.') })
  .describe('A constant.');

/** The value of `set`. @param text what a string in it stands for. */
export function setOf(text: string) {
  return z
    .record(z.string().min(1), z.union([z.string().min(1), z.number(), z.boolean(), constant]))
    .refine((columns) => Object.keys(columns).length > 0, 'a mapping with at least 1 column')
    .describe(
      `Column of the row -> what is written there: a string is ${text}, \`true\`, \`false\` and numbers are written as they are, and \`{ value: text }\` is a constant of any kind.`,
    );
}

type SetValues = z.infer<ReturnType<typeof setOf>>;

/**
 * Compiles the value of `set`: for each column of the row what is written there. Mistakes are reported.
 *
 * @param source compiles a string, and returns undefined for one with a mistake, which it reported.
 */
export function compileSet<Source>(
  set: SetValues,
  context: StepContext,
  source: (text: string, path: readonly string[]) => Source | undefined,
): readonly (readonly [string, Written<Source>])[] {
  return Object.entries(set).flatMap(([column, what]): (readonly [string, Written<Source>])[] => {
    context.columns.add(column);
    const path = ['set', column];
    if (typeof what === 'string') {
      const from = source(what, path);
      return from === undefined ? [] : [[column, { from }]];
    }
    if (typeof what !== 'object') return [[column, { value: what }]];
    const { value } = what;
    if (typeof value !== 'string') return [[column, { value: value as JsonValue }]];
    const filled = context.variable(value, [...path, 'value']);
    return filled === undefined ? [] : [[column, { value: filled }]];
  });
}

/** Writes what was compiled. @param read what stands at a source; undefined: nothing is written. */
export function write<Source>(
  draft: Draft,
  written: readonly (readonly [string, Written<Source>])[],
  read: (from: Source) => JsonValue | undefined,
): void {
  for (const [column, what] of written) {
    const value = 'value' in what ? what.value : read(what.from);
    if (value !== undefined) draft.set(column, value);
  }
}

/** How many elements of an array are looked up. No telemetry has longer ones, but an attacker's row may. */
const MANY = 512;

/** What `find` knows of a value, of an array that of the first element that it knows. Undefined for objects, null and what is not known. */
export function firstFound<T>(
  value: JsonValue | undefined,
  find: (text: string) => T | undefined,
): T | undefined {
  if (typeof value === 'string') return find(value);
  if (value === undefined || value === null || isJsonObject(value)) return undefined;
  if (!Array.isArray(value)) return find(String(value));
  for (const element of value.slice(0, MANY)) {
    const found = Array.isArray(element) ? undefined : firstFound(element as JsonValue, find);
    if (found !== undefined) return found;
  }
  return undefined;
}

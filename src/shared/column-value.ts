/** Reads a column of an alert by name or dotted path: for titles, groups and silences, which see the transformed columns only. */
import type { MatchedValue, RuleRef } from './event.ts';
import { parseExact } from './exact-numbers.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/** Longer text on the way of a dotted path is not looked into. UTF-16 units. */
const LONGEST_JSON = 65_536;
/** What a dotted path may have of steps. */
const DEEPEST = 16;

/** An alert, as far as its columns are concerned. */
export interface WithColumns {
  readonly event: JsonObject;
  readonly rule?: Pick<RuleRef, 'matched'>;
}

/**
 * The value of a column of an alert. A dotted path reaches into objects, also into text that holds a JSON object. What the row does
 * not have may be a value that its rule names: a field of a correlation's `group-by`, or `count`.
 *
 * @returns undefined where neither has it.
 */
export function columnOf({ event, rule }: WithColumns, path: string): JsonValue | undefined {
  const read = (name: string) => (Object.hasOwn(event, name) ? event[name] : undefined);
  return columnIn(read, rule?.matched, path);
}

/** {@link columnOf} for a row whose columns are read one at a time. */
export function columnIn(
  read: (column: string) => JsonValue | undefined,
  matched: readonly MatchedValue[] | undefined,
  path: string,
): JsonValue | undefined {
  return read(path) ?? inside(read, path) ?? matched?.find(({ column }) => column === path)?.value;
}

function inside(read: (column: string) => JsonValue | undefined, path: string): JsonValue | undefined {
  const [first, ...steps] = path.split('.');
  if (first === undefined || steps.length === 0 || steps.length > DEEPEST) return undefined;
  let value = read(first);
  for (const step of steps) {
    if (typeof value === 'string') value = objectIn(value);
    if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

function objectIn(text: string): JsonValue | undefined {
  if (text.length > LONGEST_JSON || !/^\s*\{/.test(text)) return undefined;
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

/** Keeps what the steps of a table file removed, hashed or redacted out of the values that an alert names. */
import type { MatchedValue, Row, RuleRef } from '../../shared/event.ts';
import { parseExact } from '../../shared/exact-numbers.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { REMOVED_VALUE } from '../../shared/removed-value.ts';
import { type ForwardedColumns, isChanged } from './row-delivery.ts';

/** Whether a value that a rule saw still stands behind the steps, in its column or in one that a step made of it. */
export type ForwardedTest = (matched: MatchedValue) => boolean;

/** Longer text is searched as it is, not as JSON. UTF-16 units. */
const LONGEST_JSON = 1_048_576;
/** What a correlation counted: no column. */
const COUNT = 'count';

/**
 * Compares values whole: `7` is not forwarded because a time has this digit, nor `bob` because a file is named bobcat.exe. Other
 * columns count only where the steps changed them: that somebody else is named bob does not say that this column may be shown.
 */
export function forwardedTest(row: Row, forwarded: ForwardedColumns): ForwardedTest {
  // Made for the first value that is asked about, since hardly any row raises an alert.
  let byColumn: Map<string, ReadonlySet<string>> | undefined;
  const scalarsFor = (column: string): ReadonlySet<string> => {
    byColumn ??= new Map();
    const known = byColumn.get(column);
    if (known) return known;
    const made = scalarsOf(standsIn(column, row.properties, forwarded.event));
    byColumn.set(column, made);
    return made;
  };
  return ({ column, value }) => {
    if (!isChanged(row, forwarded)) return true;
    if (column === COUNT && !Object.hasOwn(row.properties, COUNT)) return true;
    const standing = scalarsFor(rootOf(column, row.properties));
    return [...scalarsOf([value])].every((scalar) => standing.has(scalar));
  };
}

/** Rules see the row as it was before the steps. What those removed, hashed or redacted must not reach a destination with the alert. */
export function withoutRemoved(rule: RuleRef, isForwarded: ForwardedTest): RuleRef {
  const { matched } = rule;
  if (matched === undefined || matched.every(isForwarded)) return rule;
  return {
    ...rule,
    matched: matched.map((one) => (isForwarded(one) ? one : { column: one.column, value: REMOVED_VALUE })),
  };
}

/** The column that a dotted path leads into; the path itself where the row has no such column, as with the aliases of a correlation. */
function rootOf(path: string, properties: JsonObject): string {
  if (Object.hasOwn(properties, path)) return path;
  const [first = path] = path.split('.', 1);
  return Object.hasOwn(properties, first) ? first : path;
}

/** The values among which a column's must stand. */
function standsIn(column: string, before: JsonObject, after: JsonObject): readonly JsonValue[] {
  const isKnown = Object.hasOwn(before, column);
  return Object.entries(after).flatMap(([name, value]) =>
    !isKnown || name === column || !Object.hasOwn(before, name) || before[name] !== value ? [value] : [],
  );
}

/** The scalars inside some values, also in text that holds JSON, in lower case. It does not recurse: such text may nest as deep as it is long. */
function scalarsOf(values: readonly JsonValue[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value) || isJsonObject(value)) {
      for (const inner of Object.values(value) as JsonValue[]) open.push(inner);
      continue;
    }
    found.add(String(value).toLowerCase());
    const inside = typeof value === 'string' ? jsonIn(value) : undefined;
    if (inside !== undefined) open.push(inside);
  }
  return found;
}

function jsonIn(text: string): JsonValue | undefined {
  if (text.length > LONGEST_JSON || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

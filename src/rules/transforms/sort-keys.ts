/** The step `sort_keys`: puts the keys of objects in order. */
import { ExactNumber } from '../../shared/exact-number.ts';
import { isJsonObject, type JsonValue } from '../../shared/json.ts';
import { columnList, defineStep, needColumns } from './step.ts';

/** Objects that are nested deeper stay as they are. */
const DEEPEST = 64;
/** The cost of one key or element, in nanoseconds: that of keys of an object with 10,000 of them. */
const COST = 3_500;

/** `sort_keys: AdditionalFields`: equal objects become equal text. */
export const sortKeys = defineStep(
  'sort_keys',
  columnList.describe(
    'Puts the keys of objects in order, also of objects inside, so that equal objects are equal text: for `hash`, and for destinations that compare. Other values stay unchanged, and so do objects with more keys than the allowance of the row holds.',
  ),
  (list: string | readonly string[], context) => {
    const columns = needColumns(list, context);
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        if (value === undefined || typeof value !== 'object' || value === null) continue;
        if (draft.work.take('steps', COST * countOf(value, 0))) draft.set(name, sorted(value, 0));
        else draft.work.cut();
      }
    };
  },
  {
    before: [{ parse_json: 'AdditionalFields' }],
    value: 'AdditionalFields',
    row: { AdditionalFields: '{"b":1,"a":{"d":2,"c":3}}' },
    result: { AdditionalFields: { a: { c: 3, d: 2 }, b: 1 } },
  },
);

/** The number of keys and elements that sorting looks at. */
function countOf(value: JsonValue, depth: number): number {
  if (depth > DEEPEST || typeof value !== 'object' || value === null || value instanceof ExactNumber)
    return 1;
  const inner: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value);
  return inner.reduce<number>((sum, one) => sum + countOf(one, depth + 1), 1);
}

function sorted(value: JsonValue, depth: number): JsonValue {
  if (depth > DEEPEST || value instanceof ExactNumber) return value;
  if (Array.isArray(value)) return value.map((one) => sorted(one, depth + 1));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner, depth + 1)]));
}

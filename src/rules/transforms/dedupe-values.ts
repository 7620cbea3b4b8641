/** The step `dedupe_values`: removes repeated elements of lists. */
import { columnList, defineStep, needColumns } from './step.ts';

/** Elements beyond these are left as they are. */
const MOST = 10_000;
/** The cost of one element, in nanoseconds. */
const COST = 200;

/** `dedupe_values: tags`: each value of a list once, where it stood first. */
export const dedupeValues = defineStep(
  'dedupe_values',
  columnList.describe(
    'Keeps the first of equal elements of a list. Texts are compared exactly. Elements that are lists or objects, values that are no list, and lists with more elements than the allowance of the row holds stay unchanged.',
  ),
  (list: string | readonly string[], context) => {
    const columns = needColumns(list, context);
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        if (!Array.isArray(value) || value.length > MOST) continue;
        if (!draft.work.take('steps', COST * value.length)) {
          draft.work.cut();
          continue;
        }
        const seen = new Set<unknown>();
        const kept = value.filter((one) => {
          if (typeof one === 'object' && one !== null) return true;
          if (seen.has(one)) return false;
          seen.add(one);
          return true;
        });
        if (kept.length < value.length) draft.set(name, kept);
      }
    };
  },
  {
    before: [{ parse_json: 'AdditionalFields' }],
    value: 'AdditionalFields',
    row: { AdditionalFields: '["a","b","a","A"]' },
    result: { AdditionalFields: ['a', 'b', 'A'] },
  },
);

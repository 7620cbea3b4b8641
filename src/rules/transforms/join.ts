/** The step `join`: makes one text of several columns, or of a list. */
import { z } from 'zod';
import { isJsonObject, type JsonValue } from '../../shared/json.ts';
import { formatCount } from '../../shared/readable.ts';
import { columnList, defineStep, needColumns } from './step.ts';

/** The longest text that is made. UTF-16 units. */
const LONGEST = 65_536;
/** Further elements of a list are left out. */
const MOST = 10_000;

/** `join: { columns: [AccountDomain, AccountName], with: '\\', to: User }`: puts values together. */
export const join = defineStep(
  'join',
  z
    .strictObject({
      columns: columnList,
      with: z.string().max(64).default('').describe('The text between two values.'),
      to: z.string().min(1).describe('The column that gets the text.'),
    })
    .describe(
      `Joins the values of columns, and the first ${formatCount(MOST)} elements of lists, into one text. Null, empty texts and objects are left out; without any value, nothing is written.`,
    ),
  ({ columns: list, with: between, to }, context) => {
    const columns = needColumns(list, context, ['columns']);
    context.columns.add(to, 'string');
    return (draft) => {
      const texts = columns.flatMap((name) => textsOf(draft.get(name)));
      if (texts.length > 0) draft.set(to, texts.join(between).slice(0, LONGEST));
    };
  },
  {
    value: { columns: ['AccountDomain', 'AccountName'], with: '\\', to: 'User' },
    row: { AccountDomain: 'contoso', AccountName: 'ada' },
    result: { AccountDomain: 'contoso', AccountName: 'ada', User: 'contoso\\ada' },
  },
);

function textsOf(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) {
    return value.slice(0, MOST).flatMap((one) => (Array.isArray(one) ? [] : textsOf(one)));
  }
  if (value === undefined || value === null || value === '' || isJsonObject(value)) return [];
  return [String(value)];
}

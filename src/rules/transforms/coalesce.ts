/** The step `coalesce`: takes the first of several columns that holds something. */
import { z } from 'zod';
import { columnList, defineStep, needColumns } from './step.ts';

/** `coalesce: { columns: [RemoteUrl, RemoteIP], to: target }`: the first value that is there. */
export const coalesce = defineStep(
  'coalesce',
  z
    .strictObject({
      columns: columnList,
      to: z.string().min(1).describe('The column that gets the value. It may be one of them.'),
    })
    .describe(
      'Writes the first value that is neither null, nor an empty text, nor an empty list. Without any, nothing is written.',
    ),
  ({ columns: list, to }, context) => {
    const columns = needColumns(list, context, ['columns']);
    context.columns.add(to);
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        if (value === undefined || value === null || value === '') continue;
        if (Array.isArray(value) && value.length === 0) continue;
        draft.set(to, value);
        return;
      }
    };
  },
  {
    value: { columns: ['AccountUpn', 'AccountName'], to: 'who' },
    row: { AccountUpn: '', AccountName: 'ada' },
    result: { AccountUpn: '', AccountName: 'ada', who: 'ada' },
  },
);

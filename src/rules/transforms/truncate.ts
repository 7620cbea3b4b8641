/** The step `truncate`: shortens long strings. */
import { z } from 'zod';
import { columnList, defineStep, needColumns } from './step.ts';

/** `truncate: { columns: ProcessCommandLine, length: 4096 }`: shortens long strings and ends them with an ellipsis. */
export const truncate = defineStep(
  'truncate',
  z
    .strictObject({
      columns: columnList,
      length: z.number().int().min(1).max(1_048_576).describe('How many characters to keep.'),
    })
    .describe('Shortens strings that are longer than "length" and ends them with "…".'),
  ({ columns: list, length }, context) => {
    const columns = needColumns(list, context, ['columns'], { types: ['string'] });
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        if (typeof value === 'string' && value.length > length) draft.set(name, `${cut(value, length)}…`);
      }
    };
  },
  {
    value: { columns: 'ProcessCommandLine', length: 12 },
    row: { ProcessCommandLine: 'powershell.exe -NoProfile' },
    result: { ProcessCommandLine: 'powershell.e…' },
  },
);

/** Cuts a string, but never between the halves of a surrogate pair. */
function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

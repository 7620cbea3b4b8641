/** The steps `lowercase` and `uppercase`: change the letter case of values. */
import { columnList, defineStep, needColumns } from './step.ts';

/** `lowercase: [AccountUpn]`. */
export const lowercase = changeCase(
  'lowercase',
  'Writes these columns in lower case.',
  'AccountUpn',
  (text) => text.toLowerCase(),
);

/** `uppercase: [SHA256]`. */
export const uppercase = changeCase('uppercase', 'Writes these columns in upper case.', 'SHA256', (text) =>
  text.toUpperCase(),
);

/** The cost per UTF-16 unit of a string that is not ASCII, in nanoseconds. If the work does not suffice, the string stays unchanged. */
const COST = 8;

function changeCase(verb: string, description: string, column: string, change: (text: string) => string) {
  const config = columnList.describe(description).meta({ examples: [[column]] });
  return defineStep(verb, config, (list, context) => {
    const columns = needColumns(list, context, [], { types: ['string', 'guid'] });
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        if (typeof value !== 'string') continue;
        if (draft.work.take('steps', value.length * COST)) draft.set(name, change(value));
        else draft.work.cut();
      }
    };
  });
}

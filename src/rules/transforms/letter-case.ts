/** The steps `lowercase` and `uppercase`: change the letter case of values. */
import type { StepExample } from './example.ts';
import { columnList, defineStep, needColumns, type StepContext, type Transform } from './step.ts';

/** `lowercase: [AccountUpn]`. */
export const lowercase = changeCase(
  'lowercase',
  'Writes these columns in lower case.',
  (text) => text.toLowerCase(),
  {
    value: ['AccountUpn'],
    row: { AccountUpn: 'Ada@Contoso.com' },
    result: { AccountUpn: 'ada@contoso.com' },
  },
);

/** `uppercase: [MD5]`. */
export const uppercase = changeCase(
  'uppercase',
  'Writes these columns in upper case.',
  (text) => text.toUpperCase(),
  {
    value: ['MD5'],
    row: { MD5: '0cc175b9c0f1b6a831c399e269772661' },
    result: { MD5: '0CC175B9C0F1B6A831C399E269772661' },
  },
);

/** The cost per UTF-16 unit of a string that is not ASCII, in nanoseconds. If the work does not suffice, the string stays unchanged. */
const COST = 8;

function changeCase(
  verb: string,
  description: string,
  change: (text: string) => string,
  example: StepExample,
) {
  const compile = (list: string | readonly string[], context: StepContext): Transform => {
    const columns = needColumns(list, context, [], { types: ['string', 'guid'] });
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        if (typeof value !== 'string') continue;
        if (draft.work.take('steps', value.length * COST)) draft.set(name, change(value));
        else draft.work.cut();
      }
    };
  };
  return defineStep(verb, columnList.describe(description), compile, example);
}

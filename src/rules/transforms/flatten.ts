/** The step `flatten`: turns the keys of an object into columns. */
import { z } from 'zod';
import { isJsonObject } from '../../shared/json.ts';
import { defineStep } from './step.ts';

/** How many keys become columns. No telemetry has more, and the keys of a row of some megabytes would take a second. */
const KEYS = 5_000;

/** `flatten: { column: AdditionalFields, prefix: af_ }`: turns an object's keys into columns beside it. */
export const flatten = defineStep(
  'flatten',
  z
    .strictObject({
      column: z
        .string()
        .min(1)
        .describe(
          'A column that holds an object. If it holds JSON in a string, put parse_json before this step.',
        ),
      prefix: z
        .string()
        .optional()
        .describe('The prefix of the new columns. Default: the name of the column and a dot.'),
    })
    .describe(
      'Copies the keys of an object into separate columns. Existing columns are not overwritten. Keys beyond the 5,000th are left out.',
    ),
  ({ column, prefix = `${column}.` }, context) => {
    context.need(column, ['column'], { types: ['dynamic'] });
    context.columns.open();
    return (draft) => {
      const value = draft.get(column);
      if (!isJsonObject(value)) return;
      const keys = Object.keys(value);
      if (keys.length > KEYS) draft.work.cut();
      for (const key of keys.slice(0, KEYS)) {
        const name = prefix + key;
        const inner = value[key];
        if (inner !== undefined && !draft.has(name)) draft.set(name, inner);
      }
    };
  },
  {
    before: [{ parse_json: 'AdditionalFields' }],
    value: { column: 'AdditionalFields', prefix: 'af_' },
    row: { AdditionalFields: '{"Desktop":"winsta0","Flags":{"a":1}}' },
    result: {
      AdditionalFields: { Desktop: 'winsta0', Flags: { a: 1 } },
      af_Desktop: 'winsta0',
      af_Flags: { a: 1 },
    },
  },
);

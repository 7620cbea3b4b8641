import { z } from 'zod';
import { isJsonObject } from '../../shared/json.ts';
import { defineStep } from './step.ts';

/** `flatten: { column: AdditionalFields, prefix: af_ }`: an object's keys become columns of their own beside it. */
export const flatten = defineStep(
  'flatten',
  z
    .strictObject({
      column: z.string().min(1).describe('A column that holds an object; parse_json comes before.'),
      prefix: z.string().optional().describe('Put before each key. Default: the column and a dot.'),
    })
    .describe(
      "Copies an object's keys into columns of their own. Columns that exist already are not overwritten.",
    ),
  ({ column, prefix = `${column}.` }, context) => {
    context.need(column, ['column'], { types: ['dynamic'] });
    context.columns.open();
    return (draft) => {
      const value = draft.get(column);
      if (!isJsonObject(value)) return;
      for (const key of Object.keys(value)) {
        const name = prefix + key;
        const inner = value[key];
        if (inner !== undefined && !draft.has(name)) draft.set(name, inner);
      }
    };
  },
);

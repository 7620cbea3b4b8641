/** The step `map`: translates known values into other values. */
import { z } from 'zod';
import { isJsonObject, type JsonValue } from '../../shared/json.ts';
import { defineStep } from './step.ts';

/** `map: { column: LogonType, values: { Interactive: 2 }, to: logon_code }`: translates values. */
export const map = defineStep(
  'map',
  z
    .strictObject({
      column: z.string().min(1).describe('The column to read.'),
      values: z.record(z.string(), z.json()).describe('Value, exactly as in the column -> new value.'),
      default: z
        .json()
        .optional()
        .describe('The new value for values that are not listed. Without it, they stay unchanged.'),
      to: z
        .string()
        .min(1)
        .optional()
        .describe('Writes the result to this column and leaves the original unchanged.'),
    })
    .describe('Translates values by a table.'),
  ({ column, values, default: fallback, to = column }, context) => {
    context.need(column, ['column']);
    context.columns.add(to);
    const table = new Map(Object.entries(values) as [string, JsonValue][]);
    return (draft) => {
      const value = draft.get(column);
      if (value === undefined || Array.isArray(value) || isJsonObject(value)) return;
      const next =
        table.get(String(value)) ?? (table.has(String(value)) ? null : (fallback as JsonValue | undefined));
      if (next !== undefined) draft.set(to, next);
      else if (to !== column) draft.set(to, value);
    };
  },
  {
    value: { column: 'ProcessIntegrityLevel', values: { High: 3, System: 4 }, to: 'integrity' },
    row: { ProcessIntegrityLevel: 'High' },
    result: { ProcessIntegrityLevel: 'High', integrity: 3 },
  },
);

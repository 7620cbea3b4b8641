/** The step `split`: makes a list of a text. */
import { z } from 'zod';
import { defineStep } from './step.ts';

/** More parts than this stay together in the last one. */
const MOST_PARTS = 1_000;

/** `split: { column: Tags, at: ";", to: tags }`: cuts a text into a list. */
export const split = defineStep(
  'split',
  z
    .strictObject({
      column: z.string().min(1).describe('The column to read.'),
      at: z.string().min(1).max(64).describe('The text between two parts, such as `;`.'),
      trim: z.boolean().default(true).describe('Whether white space around the parts is removed.'),
      to: z
        .string()
        .min(1)
        .optional()
        .describe('Writes the list to this column and leaves the original unchanged.'),
    })
    .describe(
      `Cuts a text into a list of its parts, without empty ones. At most ${MOST_PARTS} parts; the last one holds the rest. Other values stay unchanged.`,
    ),
  ({ column, at, trim, to = column }, context) => {
    context.need(column, ['column'], { types: ['string', 'dynamic'] });
    context.columns.add(to, 'dynamic');
    return (draft) => {
      const value = draft.get(column);
      if (typeof value === 'string') draft.set(to, partsOf(value, at, trim));
    };
  },
  {
    table: 'DeviceInfo',
    value: { column: 'DeviceManualTags', at: ';', to: 'tags' },
    row: { DeviceManualTags: 'tier-0; server;;' },
    result: { DeviceManualTags: 'tier-0; server;;', tags: ['tier-0', 'server'] },
  },
);

function partsOf(text: string, at: string, trim: boolean): readonly string[] {
  const parts: string[] = [];
  for (let from = 0; from <= text.length; ) {
    const found = parts.length < MOST_PARTS - 1 ? text.indexOf(at, from) : -1;
    const end = found < 0 ? text.length : found;
    const part = trim ? text.slice(from, end).trim() : text.slice(from, end);
    if (part !== '') parts.push(part);
    from = end + at.length;
  }
  return parts;
}

/** The step `remove_empty`: removes columns without a value. */
import { z } from 'zod';
import { defineStep } from './step.ts';

/** `remove_empty: true`: removes columns that hold null or an empty string. */
export const removeEmpty = defineStep(
  'remove_empty',
  z
    .literal(true)
    .describe('Removes columns that hold null or an empty string.')
    .meta({ examples: [true] }),
  () => (draft) =>
    draft.filter((_, value) => {
      const held = value();
      return held !== null && held !== '';
    }),
);

/** The step `remove_empty`: removes columns without a value. */
import { z } from 'zod';
import { defineStep } from './step.ts';

/** `remove_empty: true`: removes columns that hold null or an empty string. */
export const removeEmpty = defineStep(
  'remove_empty',
  z.literal(true).describe('Removes columns that hold null or an empty string.'),
  () => (draft) =>
    draft.filter((_, value) => {
      const held = value();
      return held !== null && held !== '';
    }),
  {
    value: true,
    row: { FileName: 'cmd.exe', AccountUpn: '', LogonId: null, ProcessId: 0 },
    result: { FileName: 'cmd.exe', ProcessId: 0 },
  },
);

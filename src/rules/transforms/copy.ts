/** The step `copy`: writes a column's value under a second name. */
import { z } from 'zod';
import { defineStep } from './step.ts';

/** `copy: { DeviceName: host }`: writes the value under a second name. Does nothing if the row lacks the column. */
export const copy = defineStep(
  'copy',
  z
    .record(z.string(), z.string().min(1))
    .describe('Also writes a value under a second name: column -> second name.'),
  (names, context) => {
    const pairs = Object.entries(names);
    for (const [from, to] of pairs) {
      context.need(from, [from], { atKey: true });
      context.columns.add(to, context.columns.type(from));
    }
    return (draft) => {
      for (const [from, to] of pairs) {
        const value = draft.get(from);
        if (value !== undefined) draft.set(to, value);
      }
    };
  },
  {
    value: { DeviceName: 'host' },
    row: { DeviceName: 'ws-1' },
    result: { DeviceName: 'ws-1', host: 'ws-1' },
  },
);

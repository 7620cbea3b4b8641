/** The step `rename`: gives columns other names. */
import { z } from 'zod';
import { Renames } from '../../shared/name-plans.ts';
import { defineStep } from './step.ts';

/** `rename: { DeviceName: host.name }`: renames columns and keeps their order. A dot in a new name does not create an object. */
export const rename = defineStep(
  'rename',
  z
    .record(z.string(), z.string().min(1))
    .describe(
      'Renames columns and keeps their order: old name -> new name. A dot in a new name does not create an object.',
    ),
  (names, context) => {
    const next = new Map(Object.entries(names));
    const types = [...next.keys()].map((from) => {
      context.need(from, [from], { atKey: true });
      return context.columns.type(from);
    });
    for (const from of next.keys()) context.columns.drop(from, 'rename');
    let index = 0;
    for (const [from, to] of next) {
      if (context.columns.names().includes(to)) {
        context.report({
          code: 'name-taken',
          path: [from],
          message: `there is a column "${to}" already`,
          hint: 'remove or rename that one first',
        });
      }
      context.columns.add(to, types[index]);
      index += 1;
    }
    // The row may already have a column of the new name that the schema lacks: the renamed column replaces it, whatever their order.
    const renames = new Renames(next);
    return (draft) => draft.rename(renames);
  },
  {
    value: { DeviceName: 'host.name' },
    row: { DeviceName: 'ws-1', FileName: 'cmd.exe' },
    result: { 'host.name': 'ws-1', FileName: 'cmd.exe' },
  },
);

/** The step `timestamp`: writes times in another format. */
import { z } from 'zod';
import { type Instant, instantMs, parseInstant } from '../../shared/instant.ts';
import type { KustoType } from '../schema/index.ts';
import { columnList, defineStep, eachColumn } from './step.ts';

const FORMATS = ['iso', 'epoch', 'epoch_ms'] as const;
const TYPES: Readonly<Record<(typeof FORMATS)[number], KustoType>> = {
  iso: 'datetime',
  epoch: 'real',
  epoch_ms: 'long',
};

/** `timestamp: { columns: Timestamp, format: epoch, to: _time }`: writes a time in another format. */
export const timestamp = defineStep(
  'timestamp',
  z
    .strictObject({
      columns: columnList,
      format: z
        .enum(FORMATS)
        .describe(
          'iso: RFC 3339 in UTC with milliseconds; epoch: seconds with fractions; epoch_ms: whole milliseconds.',
        ),
      to: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Writes the result to this column and leaves the original unchanged. Only for a single column.',
        ),
    })
    .describe('Writes times in another format. Values that are not times stay unchanged.'),
  ({ columns: list, format, to }, context) => {
    const columns = eachColumn(list).map(({ name, path }) => {
      context.need(name, ['columns', ...path], { types: ['datetime', 'string'] });
      return name;
    });
    if (to !== undefined && columns.length > 1) {
      context.report({
        code: 'too-many-columns',
        path: ['to'],
        message: '"to" takes the time of one column',
        hint: 'write one step a column',
      });
    }
    for (const name of columns) context.columns.add(to ?? name, TYPES[format]);
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        const instant = typeof value === 'string' ? parseInstant(value) : undefined;
        if (instant === undefined) continue;
        if (format === 'iso') draft.set(to ?? name, new Date(instantMs(instant)).toISOString());
        else draft.set(to ?? name, format === 'epoch' ? epochSeconds(instant) : instantMs(instant));
      }
    };
  },
  {
    value: { columns: 'Timestamp', format: 'epoch', to: '_time' },
    row: { Timestamp: '2026-11-23T07:04:05.1234567Z' },
    result: { Timestamp: '2026-11-23T07:04:05.1234567Z', _time: 1795417445.123456 },
  },
);

/** Seconds since the epoch, cut to microseconds: a double cannot hold more digits of an epoch time. */
function epochSeconds({ seconds, fraction }: Instant): number {
  return (seconds * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0'))) / 1e6;
}

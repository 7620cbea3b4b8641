import { z } from 'zod';
import type { KustoType } from '../schema/index.ts';
import { columnList, defineStep, eachColumn } from './step.ts';

const FORMATS = ['iso', 'epoch', 'epoch_ms'] as const;
const TYPES: Readonly<Record<(typeof FORMATS)[number], KustoType>> = {
  iso: 'datetime',
  epoch: 'real',
  epoch_ms: 'long',
};

/** `timestamp: { columns: Timestamp, format: epoch, to: _time }`: writes a time in another form. */
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
        .describe('Writes the result there and leaves the column as it is. For one column.'),
    })
    .describe('Writes a time in another form. Values that are no time stay.'),
  ({ columns: list, format, to }, context) => {
    const columns = eachColumn(list).map(({ name, path }) => {
      context.need(name, ['columns', ...path], { types: ['datetime', 'string'] });
      return name;
    });
    if (to !== undefined && columns.length > 1) {
      context.error(
        'too-many-columns',
        '"to" takes the time of one column',
        ['to'],
        'write one step a column',
      );
    }
    for (const name of columns) context.columns.add(to ?? name, TYPES[format]);
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        const parsed = typeof value === 'string' ? parseTime(value) : undefined;
        if (parsed === undefined) continue;
        if (format === 'iso') draft.set(to ?? name, new Date(parsed.ms).toISOString());
        else draft.set(to ?? name, format === 'epoch' ? parsed.seconds : parsed.ms);
      }
    };
  },
);

const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/;

/** RFC 3339 with up to nine fractional digits; a time without a zone is UTC, as everything Defender writes. */
function parseTime(text: string): { readonly ms: number; readonly seconds: number } | undefined {
  const [whole, date, time, fraction = '', zone = 'Z'] = TIME.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const base = Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(base)) return undefined;
  // A double holds an epoch time to the microsecond: more digits would be noise.
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'));
  return { ms: base + Math.floor(micros / 1000), seconds: (base * 1000 + micros) / 1e6 };
}

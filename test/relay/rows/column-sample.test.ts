import { describe, expect, it } from 'vitest';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import type { RawRow } from '../../../src/blobs/rows/raw-row.ts';
import { columnSample } from '../../../src/relay/rows/column-sample.ts';
import { quiet } from '../../rules/columns/support.ts';
import { compile } from '../../rules/helpers.ts';
import { MINUTE, relay, rows as rowsOf } from '../harness.ts';

const { rules: compiled } = compile(
  {
    'DeviceProcessEvents.yaml': `table: DeviceProcessEvents
filter: [{ title: f, detection: { a: { FileName: x }, condition: a } }]
transform: [{ remove: [MD5] }]
`,
  },
  quiet,
);
if (!compiled) throw new Error('did not compile');
const rules = compiled;

const PROPERTIES = { FileName: 'a', MD5: 'b', LogonId: 7, Odd: 'x', __UDI_RequiredFields_X: 1 };

function observed(rate: number, offsets: readonly number[], table = 'DeviceProcessEvents', blob = 'c/b') {
  const metrics = recordingMetrics();
  const sample = columnSample({ metrics, rate, rules, blob });
  const bytes = Buffer.from(JSON.stringify({ category: `AdvancedHunting-${table}`, properties: PROPERTIES }));
  const taken: number[] = [];
  for (const offset of offsets) {
    const raw: RawRow = { bytes, offset, end: offset + bytes.length, truncated: false };
    const parsed = parseRow(raw, blob, 10_000);
    if (!parsed.ok) throw new Error(parsed.message);
    const before = metrics.counter('xdr_relay_column_bytes_total');
    sample?.observe(raw, parsed.row);
    if (metrics.counter('xdr_relay_column_bytes_total') > before) taken.push(offset);
  }
  return { metrics, taken };
}

const offsets = Array.from({ length: 20_000 }, (_, n) => n * 1_234);

describe('the sample of columns', () => {
  it('counts bytes by column, what nothing reads, and what the schema does not have', () => {
    const { metrics } = observed(1, [0]);
    const bytes = (column: string) => metrics.counter('xdr_relay_column_bytes_total', { column });
    expect(['FileName', 'MD5', 'LogonId', 'other', 'Odd'].map(bytes)).toEqual([14, 9, 11, 9, 0]);
    // Not MD5, which a step removes, nor Microsoft's plumbing.
    expect(metrics.counter('xdr_relay_column_unread_bytes_total', { table: 'DeviceProcessEvents' })).toBe(
      11 + 9,
    );
    expect(metrics.counter('xdr_relay_columns_unknown_total', { table: 'DeviceProcessEvents' })).toBe(1);
  });

  it('makes no series of what rows name', () => {
    const { metrics } = observed(1, [0], 'Attackers table');
    expect(metrics.series('xdr_relay_column_bytes_total').map(({ labels }) => labels)).toEqual([
      { table: 'other', column: 'other' },
    ]);
    expect(metrics.counter('xdr_relay_columns_unknown_total')).toBe(0);
  });

  it('takes its part of the rows, always the same, others in another blob, and estimates the whole', () => {
    const { metrics, taken } = observed(0.01, offsets);
    // Six standard deviations of 20,000 draws with one chance in a hundred.
    expect(Math.abs(taken.length - 200)).toBeLessThan(85);
    expect(metrics.counter('xdr_relay_column_bytes_total', { column: 'FileName' })).toBeCloseTo(
      taken.length * 14 * 100,
    );
    expect(observed(0.01, offsets).taken).toEqual(taken);
    const half = offsets.length / 2;
    const pieces = [offsets.slice(0, half), offsets.slice(half)].flatMap(
      (some) => observed(0.01, some).taken,
    );
    expect(pieces).toEqual(taken);
    expect(observed(0.01, offsets, 'DeviceProcessEvents', 'c/other').taken).not.toEqual(taken);
  });

  it('measures nothing at 0, nor where nobody knows what reads columns', () => {
    const metrics = recordingMetrics();
    expect(columnSample({ metrics, rate: 0, rules, blob: 'b' })).toBeUndefined();
    expect(columnSample({ metrics, rate: 1, rules: {}, blob: 'b' })).toBeUndefined();
  });

  it('is measured by a relay once for each row, whatever is read again', async () => {
    const { columnsOf } = rules;
    if (!columnsOf) throw new Error('no columns');
    const r = relay(['splunk', 'hook'], { columnSample: 1, visitBytes: 1 }, { columnsOf });
    r.append(rowsOf(0, 30));
    await r.notify();
    await r.pass(20 * MINUTE);
    expect(r.sink('splunk').rows).toHaveLength(30);
    const names = r.metrics.series('xdr_relay_column_bytes_total').map(({ labels }) => labels);
    // The harness writes a column that no schema has.
    expect(names).toEqual([
      { table: 'DeviceEvents', column: 'Timestamp' },
      { table: 'DeviceEvents', column: 'other' },
    ]);
    expect(r.metrics.counter('xdr_relay_columns_unknown_total')).toBe(30);
    const off = relay(['splunk'], {}, { columnsOf });
    off.append(rowsOf(0, 3));
    await off.notify();
    await off.work();
    expect(off.sink('splunk').rows).toHaveLength(3);
    expect(off.metrics.series('xdr_relay_column_bytes_total')).toEqual([]);
  });
});

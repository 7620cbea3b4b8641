import { describe, expect, it } from 'vitest';
import { RowLimits } from '../../../src/relay/rows/row-limits.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { relay, row } from '../harness.ts';

describe('the limit of rows', () => {
  it('counts by table, destination and minute', () => {
    const limits = new RowLimits();
    const take = (table: string, to: string, time: number) => limits.take(table, to, { limit: 2, time });
    expect([take('A', 'x', 0), take('A', 'x', 59_999), take('A', 'x', 1)]).toEqual([true, true, false]);
    expect([take('A', 'x', 60_000), take('A', 'y', 0), take('B', 'x', 0)]).toEqual([true, true, true]);
    expect(take('A', 'x', 30_000)).toBe(false);
  });

  it('remembers a bounded number of minutes', () => {
    const limits = new RowLimits();
    for (let minute = 0; minute < 10_000; minute++) {
      expect(limits.take('A', 'x', { limit: 1, time: minute * 60_000 })).toBe(true);
    }
    expect(limits.take('A', 'x', { limit: 1, time: 9_999 * 60_000 })).toBe(false);
  });

  it('leaves further rows out for that destination only, counts them, and never leaves out alerts', async () => {
    const r = relay(['splunk', 'lake']);
    const files = [
      {
        path: 'DeviceEvents.yaml',
        text: 'table: DeviceEvents\nroutes:\n  - { to: splunk, limit: 3 }\n  - to: lake\n',
      },
      {
        path: 'detections/a.yml',
        text: `title: A\nlogsource: { product: m365defender, service: DeviceEvents }\ndetection: { x: { DeviceName: bad }, condition: x }\nlevel: high\n`,
      },
    ];
    const { rules } = compileRules(files, {
      destinations: ['splunk', 'lake'],
      defaultDestinations: [],
      alerts: [{ levels: ['high'], to: ['splunk'] }],
      variables: {},
    });
    if (!rules) throw new Error('the rules have errors');
    Object.assign(r.deps, { rules: () => rules });
    const names = ['a', 'b', 'c', 'd', 'bad', 'e'];
    r.append(names.map((DeviceName, n) => row(n, { DeviceName })).join(''));
    await r.notify();
    await r.work();
    expect(r.sink('lake').rows).toHaveLength(6);
    // Three rows, and the alert of the fifth.
    expect(r.sink('splunk').rows).toHaveLength(4);
    const labels = { table: 'DeviceEvents', destination: 'splunk' };
    expect(r.metrics.counter('xdr_relay_rows_over_limit_total', labels)).toBe(3);
  });
});

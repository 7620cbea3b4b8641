import { describe, expect, it } from 'vitest';
import { RowLimits } from '../../../src/relay/rows/row-limits.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { relay, row } from '../harness.ts';
import { misbehave } from '../misbehave.ts';

/** Lets a destination take so many rows of DeviceEvents a minute. */
function limited(r: ReturnType<typeof relay>, to: string, limit: number): void {
  const text = `table: DeviceEvents\nroutes:\n  - { to: ${to}, limit: ${limit} }\n`;
  const { rules } = compileRules([{ path: 'DeviceEvents.yaml', text }], {
    destinations: [to],
    defaultDestinations: [],
    alerts: [],
    variables: {},
  });
  if (!rules) throw new Error('the rules have errors');
  Object.assign(r.deps, { rules: () => rules });
}

describe('the limit of rows', () => {
  it('counts by table, destination and minute', () => {
    const limits = new RowLimits();
    let offset = 0;
    const take = (table: string, destination: string, time: number) =>
      limits.take({ table, destination, limit: 2, time, blob: 'b', offset: offset++ });
    expect([take('A', 'x', 0), take('A', 'x', 59_999), take('A', 'x', 1)]).toEqual([
      'within',
      'within',
      'over',
    ]);
    expect([take('A', 'x', 60_000), take('A', 'y', 0), take('B', 'x', 0)]).toEqual([
      'within',
      'within',
      'within',
    ]);
    expect(take('A', 'x', 30_000)).toBe('over');
  });

  it('remembers a bounded number of minutes', () => {
    const limits = new RowLimits();
    const take = (minute: number, offset: number) =>
      limits.take({
        table: 'A',
        destination: 'x',
        limit: 1,
        time: minute * 60_000,
        blob: `b${minute}`,
        offset,
      });
    for (let minute = 0; minute < 10_000; minute++) expect(take(minute, 0)).toBe('within');
    expect(take(9_999, 1)).toBe('over');
  });

  it('decides about a row that is read again as before, and does not count it again', () => {
    const limits = new RowLimits();
    const times = [0, 1, 2, 60_000, 3, 4, 60_001];
    const read = (from = 0) =>
      times
        .map((time, n) => ({ time, offset: n * 100 }))
        .slice(from)
        .map((row) => limits.take({ table: 'A', destination: 'x', limit: 2, blob: 'b', ...row }));
    expect(read()).toEqual(['within', 'within', 'over', 'within', 'over', 'over', 'within']);
    const again = ['within', 'within', 'over-before', 'within', 'over-before', 'over-before', 'within'];
    expect(read()).toEqual(again);
    expect(read(4)).toEqual(again.slice(4));
    const next = { table: 'A', destination: 'x', limit: 3, blob: 'b', offset: 700, time: 5 };
    expect(limits.take(next)).toBe('within');
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

  it('loses no row that is read again because its destination was down', async () => {
    const r = relay(['splunk', 'lake']);
    limited(r, 'splunk', 4);
    misbehave(r.sink('splunk'), 'down');
    r.append(['a', 'b', 'c'].map((DeviceName, n) => row(n, { DeviceName })).join(''));
    await r.notify();
    await r.pass(600_000);
    misbehave(r.sink('splunk'), 'none');
    await r.pass(3_600_000, 30_000);
    expect(r.sink('splunk').rows).toHaveLength(3);
  });

  it("leaves out none of Defender's alerts that people are told of", async () => {
    const r = relay(['slack', 'lake']);
    const text = 'table: AlertInfo\nroutes:\n  - { to: slack, limit: 1 }\n  - { to: lake, limit: 1 }\n';
    const { rules } = compileRules([{ path: 'AlertInfo.yaml', text }], {
      destinations: ['slack', 'lake'],
      defaultDestinations: [],
      alerts: [],
      variables: {},
    });
    if (!rules) throw new Error('the rules have errors');
    Object.assign(r.deps, { rules: () => rules });
    const [slack] = [...r.deps.destinations.values()].filter(
      ({ destination }) => destination.name === 'slack',
    );
    Object.assign(slack?.destination ?? {}, { messenger: {} });
    const alerts = [0, 1, 2].map((n) => row(n, { AlertId: `a${n}` }));
    r.append(alerts.join('').replaceAll('AdvancedHunting-DeviceEvents', 'AdvancedHunting-AlertInfo'));
    await r.notify();
    await r.work();
    expect([r.sink('slack').rows.length, r.sink('lake').rows.length]).toEqual([3, 1]);
  });
});

import { describe, expect, it } from 'vitest';
import { createMemoryBlobStore } from '../../lab/memory/blob-store.ts';
import type { HttpClientOptions } from '../../src/destinations/http.ts';
import { Budget, meteredBlobs } from '../../src/hosts/worker/budget.ts';
import { workerHttpClient } from '../../src/hosts/worker/destination-http.ts';
import { createFigures, figureFamilies, renderFigures } from '../../src/hosts/worker/figures.ts';
import { workerSettings } from '../../src/hosts/worker/settings.ts';
import { dueSweeps } from '../../src/hosts/worker/sweep-plan.ts';
import { systemClock } from '../../src/shared/clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('Budget', () => {
  it('stops early enough for what has to follow', () => {
    const budget = new Budget({ subrequests: 50, reserve: 20 });
    for (let n = 1; n < 30; n++) budget.spend();
    expect(budget.signal.aborted).toBe(false);
    budget.spend();
    expect(budget.signal.aborted).toBe(true);
    expect(budget.subrequests).toBe(30);
  });

  it('counts the bytes that are read', async () => {
    const budget = new Budget({ subrequests: 50, reserve: 20 });
    const memory = createMemoryBlobStore({ clock: systemClock });
    memory.append('c', 'a.json', Buffer.from('0123456789'));
    const ref = { account: memory.account, container: 'c', name: 'a.json' };
    for await (const _ of meteredBlobs(memory, budget).read(ref, { start: 0, end: 9 }))
      expect(budget.bytes).toBe(9);
    for await (const _ of meteredBlobs(memory, budget).read(ref, { start: 9, end: 10 }))
      expect(budget.bytes).toBe(10);
    expect(budget.signal.aborted).toBe(false);
  });
});

describe('figures', () => {
  it('add up over invocations and are rendered for Prometheus', () => {
    const isolate = createFigures();
    for (const seconds of [1, 2]) {
      const one = createFigures();
      one.count('xdr_relay_rows_total', { table: 'DeviceEvents' }, 5);
      one.count('xdr_relay_tasks_total', { result: 'a"b\\c\n' });
      one.gauge('xdr_relay_lag_bytes', seconds, { table: 'T', destination: 'd' });
      one.observe('xdr_relay_task_seconds', seconds);
      expect(one.sum('xdr_relay_rows_total')).toBe(5);
      isolate.add(one);
    }
    const lines = renderFigures(isolate).split('\n');
    expect(lines).toContain('# TYPE xdr_relay_rows_total counter');
    expect(lines).toContain('xdr_relay_rows_total{table="DeviceEvents"} 10');
    expect(lines).toContain('xdr_relay_tasks_total{result="a\\"b\\\\c\\n"} 2');
    expect(lines).toContain('xdr_relay_lag_bytes{destination="d",table="t"} 2');
    expect(lines).toContain('xdr_relay_task_seconds_sum 3');
    expect(lines).toContain('xdr_relay_task_seconds_count 2');
    expect(lines.filter((line) => /le="(?:0.5|1|2.5|\+Inf)"/.test(line))).toEqual([
      'xdr_relay_task_seconds_bucket{le="0.5"} 0',
      'xdr_relay_task_seconds_bucket{le="1"} 1',
      'xdr_relay_task_seconds_bucket{le="2.5"} 2',
      'xdr_relay_task_seconds_bucket{le="+Inf"} 2',
    ]);
    const times = figureFamilies(isolate).find(({ name }) => name === 'xdr_relay_task_seconds');
    expect(times?.kind === 'histogram' && times.points[0]?.counts.slice(4, 7)).toEqual([1, 1, 0]);
  });

  it('read gauges when somebody looks, take over those of an invocation, and forget what is gone', () => {
    const isolate = createFigures();
    const shown = (name: string) =>
      renderFigures(isolate)
        .split('\n')
        .filter((line) => line.startsWith(name));
    for (const tables of [['DeviceEvents', 'deviceinfo'], ['deviceinfo']]) {
      const one = createFigures();
      one.gaugeFrom('xdr_relay_table_held', () => tables.map((table) => ({ value: 1, labels: { table } })));
      one.gauge('xdr_relay_rules_info', tables.length === 2 ? 1 : undefined, { version: 'a' });
      isolate.add(one);
      expect(shown('xdr_relay_table_held')).toEqual(
        (tables.length === 2 ? ['DeviceEvents', 'DeviceInfo'] : ['DeviceInfo']).map(
          (table) => `xdr_relay_table_held{table="${table}"} 1`,
        ),
      );
    }
    expect(shown('xdr_relay_rules_info')).toEqual([]);
    let age = 1;
    isolate.gaugeFrom('xdr_relay_oldest_undelivered_seconds', () => [
      { value: age, labels: { destination: 'd' } },
    ]);
    age = 2;
    expect(shown('xdr_relay_oldest')).toEqual(['xdr_relay_oldest_undelivered_seconds{destination="d"} 2']);
  });

  it('do not grow without bound', () => {
    const figures = createFigures();
    for (let n = 0; n < 10_000; n++) figures.count('xdr_relay_rows_total', { table: `T${n}` });
    // One metric with many series leaves room for the others.
    for (let n = 0; n < 1_000; n++) figures.count('xdr_relay_alerts_total', { table: `T${n}` });
    expect(figures.sum('xdr_relay_alerts_total')).toBe(1_000);
    expect([...figures.series()].length).toBeLessThanOrEqual(4_000);
  });
});

describe('dueSweeps', () => {
  const schedule = {
    containerPrefix: 'x-',
    intervalMs: 2 * MINUTE,
    recentMs: 3 * HOUR,
    wideIntervalMs: HOUR,
    wideMs: 48 * HOUR,
  };
  const start = Date.UTC(2026, 10, 23, 7);

  it('sweeps the recent hours at each interval', () => {
    const minutes = Array.from({ length: 10 }, (_, n) => dueSweeps(schedule, start + n * MINUTE));
    expect(minutes.map((sweeps) => sweeps.some(({ name }) => name === 'recent'))).toEqual(
      Array.from({ length: 10 }, (_, n) => n % 2 === 0),
    );
  });

  it('sweeps what lies before the recent hours once per wide interval', () => {
    const wide: unknown[] = [];
    for (let at = start; at < start + HOUR; at += MINUTE) {
      wide.push(...dueSweeps(schedule, at).filter(({ name }) => name === 'wide'));
    }
    expect(wide).toEqual([{ name: 'wide', from: start - 48 * HOUR, to: start - 3 * HOUR }]);
  });

  it('has no wide sweep where it would go no further back', () => {
    const narrow = { ...schedule, wideMs: HOUR };
    expect(dueSweeps(narrow, start).map(({ name }) => name)).toEqual(['recent']);
  });
});

describe('workerSettings', () => {
  it('has defaults, and names what is wrong', () => {
    expect(workerSettings({})).toMatchObject({ queue: 'cloudflare', monitoring: 'key', subrequests: 9000 });
    expect(() => workerSettings({ XDR_RELAY_QUEUE: 'sqs', XDR_RELAY_SUBREQUESTS: '-1' })).toThrow(
      'XDR_RELAY_QUEUE, XDR_RELAY_SUBREQUESTS',
    );
  });
});

describe('a destination that asks for what Workers have not', () => {
  const options = { allowNetworks: [], connections: 1, timeoutMs: 1_000, clock: systemClock };
  const send = (more: Partial<HttpClientOptions>) =>
    workerHttpClient(fetch)({ ...options, ...more }).send(
      { method: 'POST', url: 'https://10.0.0.1/in', headers: {} },
      new AbortController().signal,
    );

  it.each<[Partial<HttpClientOptions>, string]>([
    [{ proxy: { url: 'http://proxy.example:3128' } }, 'no_sockets'],
    [{ tls: { ca: 'x' } }, 'no_sockets'],
    [{ proxy: 'none' }, 'address_refused'],
  ])('is out of service, and says so (%#)', async (more, code) => {
    await expect(send(more)).rejects.toMatchObject({ code });
  });
});

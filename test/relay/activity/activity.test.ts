import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import {
  createMemoryStateDocuments,
  damageDocument,
  type StoredDocuments,
} from '../../../lab/memory/state-documents.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { HOURS, MINUTES } from '../../../src/relay/activity/activity.ts';
import { readActivity, removeOldActivity } from '../../../src/relay/activity/read.ts';
import { ActivityWriter, writeActivityRegularly } from '../../../src/relay/activity/write.ts';
import { DAY_MS, HOUR_MS } from '../../../src/shared/duration.ts';
import type { MetricFamily } from '../../../src/shared/metric-families.ts';
import { counter, FACTS, gauge, histogram, sum, VITALS } from './samples.ts';

const NOW = Date.UTC(2026, 10, 26, 12, 0, 30);
const MINUTE = 60_000;
const signal = new AbortController().signal;

function world(now = NOW) {
  const stored: StoredDocuments = new Map();
  const documents = createMemoryStateDocuments(stored);
  const clock = new FakeClock(now);
  const ports = { documents, clock, logger: silentLogger };
  return {
    stored,
    documents,
    clock,
    ports,
    start: (facts = FACTS) => new ActivityWriter(facts, clock.now()),
    read: () => readActivity(documents, clock, signal),
    names: () => [...stored.keys()],
  };
}

const rows = (value: number, table = 'DeviceEvents') => counter('rows_total', [value, { table }]);

describe('the activity of the relay', () => {
  it('is the sum over processes, by minute and by hour', async () => {
    const { clock, ports, start, read } = world();
    const [one, two] = [start(), start({ ...FACTS, host: 'two' })];
    one.fold([rows(10)], clock.now());
    two.fold([rows(5), rows(1, 'DeviceInfo')], clock.now());
    clock.advance(MINUTE);
    one.fold([rows(17)], clock.now());
    two.fold([rows(5), rows(1, 'DeviceInfo')], clock.now());
    await one.write(ports, VITALS);
    await two.write(ports, VITALS);

    const activity = await read();
    expect(activity.processes.map(({ host, state }) => [host, state])).toEqual([
      ['one', 'alive'],
      ['two', 'alive'],
    ]);
    expect(activity.rows.step).toBe(MINUTE);
    expect(activity.rows.counts).toHaveLength(MINUTES);
    expect(activity.rows.counts.slice(-3)).toEqual([0, 16, 7]);
    expect(activity.rows.from + (MINUTES - 1) * MINUTE).toBe(Date.UTC(2026, 10, 26, 12, 1));
    expect(activity.tables.map(({ name, rows: { counts } }) => [name, counts.at(-1)])).toEqual([
      ['DeviceEvents', 22],
      ['DeviceInfo', 1],
    ]);
    expect(activity.tables[0]).toMatchObject({ firstSeen: NOW, lastSeen: NOW + MINUTE });
  });

  it('tells of destinations, rules, columns and latency', async () => {
    const { clock, ports, start, read } = world();
    const process = start();
    const destination = 'splunk';
    const reply = (at: number) => ({
      at,
      result: 'failed' as const,
      status: 503,
      code: 'server_error',
      message: 'busy',
      excerpt: 'x'.repeat(400),
      rows: 3,
      ms: 12,
    });
    process.fold(
      [
        counter('delivered_total', [30, { destination }]),
        counter('delivered_bytes_total', [3_000, { destination }]),
        counter(
          'batches_total',
          [3, { destination, result: 'accepted' }],
          [9, { destination, result: 'failed' }],
        ),
        counter(
          'requests_failed_total',
          [1, { destination, reason: 'timeout' }],
          [1, { destination, reason: 'busy' }],
        ),
        counter('dead_letters_total', [2, { destination, reason: 'refused' }]),
        counter('rule_alerts_total', [4, { rule: 'a' }], [7, { rule: 'b' }]),
        rows(10),
        counter(
          'rows_bytes_total',
          [1_000, { table: 'DeviceEvents', source: 'x' }],
          [1, { table: 'DeviceEvents' }],
        ),
        counter('rows_filtered_total', [6, { table: 'DeviceEvents' }]),
        counter(
          'alerts_total',
          [1, { table: 'DeviceEvents', level: 'high' }],
          [2, { table: 'DeviceEvents', level: 'low' }],
        ),
        counter(
          'column_bytes_total',
          [5.4, { table: 'DeviceEvents', column: 'A' }],
          [8, { table: 'DeviceEvents', column: 'B' }],
        ),
        counter('column_unread_bytes_total', [9, { table: 'DeviceEvents' }]),
        counter('columns_unknown_total', [2, { table: 'DeviceEvents' }]),
        gauge('oldest_undelivered_seconds', [12, { destination }], [40, { destination, source: 'x' }]),
        gauge('followed_blobs', [5, {}]),
        gauge('rules_info', [1, { version: 'abc' }]),
        histogram('row_latency_seconds', {
          labels: { table: 'DeviceEvents' },
          count: 10,
          sum: 200,
          bounds: [10, 20, 40],
          counts: [0, 8, 0, 2],
        }),
      ],
      clock.now(),
    );
    const replies = new Map([[destination, Array.from({ length: 30 }, (_, n) => reply(NOW - n))]]);
    await process.write(ports, { ...VITALS, replies });

    const { processes, destinations, rules, tables, ...all } = await read();
    expect(processes).toMatchObject([
      { rules: 'abc', blobs: 5, memoryBytes: 100, threads: 1, version: '1.2.3' },
    ]);
    const [splunk] = destinations;
    expect(splunk).toMatchObject({ name: 'splunk', oldestUndeliveredSeconds: 40 });
    const last = ({ counts }: { counts: readonly number[] } = { counts: [] }) => counts.at(-1);
    expect(
      [splunk?.delivered, splunk?.deliveredBytes, splunk?.batches, splunk?.failed, splunk?.deadLetters].map(
        last,
      ),
    ).toEqual([30, 3_000, 3, 2, 2]);
    expect(splunk?.replies).toHaveLength(20);
    expect(splunk?.replies[0]).toEqual({ ...reply(NOW), excerpt: 'x'.repeat(300) });
    expect(rules.map(({ rule, hits }) => [rule, last(hits)])).toEqual([
      ['b', 7],
      ['a', 4],
    ]);
    expect([all.rows, all.bytes, all.filtered, all.alerts].map(last)).toEqual([10, 1_001, 6, 3]);
    expect(tables[0]).toMatchObject({
      columns: [
        { name: 'B', bytes: 8 },
        { name: 'A', bytes: 5 },
      ],
      unreadBytes: 9,
      unknownColumns: 2,
      latency: { p50: 16.25, p95: 40 },
    });
  });

  it('counts nothing twice, and nothing where a counter fell', async () => {
    const { clock, ports, start, read } = world();
    const process = start();
    for (const value of [10, 10, 4, 4, 9]) process.fold([rows(value)], clock.now());
    await process.write(ports, VITALS);
    await process.write(ports, VITALS);
    expect(sum((await read()).rows.counts)).toBe(15);
  });

  it('forgets what is older than its buckets', async () => {
    const { clock, ports, start, read } = world();
    const process = start();
    process.fold([rows(10)], clock.now());
    clock.advance(MINUTES * MINUTE);
    process.fold([rows(11)], clock.now());
    await process.write(ports, VITALS);
    const later = await read();
    expect(later.rows.counts.filter((count) => count > 0)).toEqual([1]);
    expect(later.tables[0]?.rows.counts.filter((count) => count > 0)).toEqual([10, 1]);
    clock.advance((HOURS - 3) * HOUR_MS);
    process.fold([rows(11)], clock.now());
    await process.write(ports, VITALS);
    expect((await read()).tables[0]).toMatchObject({ firstSeen: NOW + MINUTES * MINUTE - 30_000 });
    clock.advance(4 * HOUR_MS);
    process.fold([rows(11)], clock.now());
    await process.write(ports, VITALS);
    expect(await read()).toMatchObject({ tables: [], processes: [{ state: 'alive' }] });
  });

  it('keeps what it counted when its clock is set back', async () => {
    const { clock, ports, start, read } = world();
    const process = start();
    process.fold([rows(10)], clock.now());
    clock.step(-2 * DAY_MS);
    process.fold([rows(12)], clock.now());
    await process.write(ports, VITALS);
    expect((await read()).rows.counts.at(-1)).toBe(12);
  });

  it('shows who is alive, who was killed and who ended; and counts what they did', async () => {
    const { clock, ports, start, read } = world();
    const [killed, ended, idle] = [start(), start(), start({ ...FACTS, kind: 'worker', host: 'worker' })];
    const undelivered = gauge('oldest_undelivered_seconds', [70, { destination: 'splunk' }]);
    for (const process of [killed, ended, idle]) process.fold([rows(1), undelivered], clock.now());
    await killed.write(ports, VITALS);
    await ended.write(ports, VITALS, true);
    await idle.write(ports, VITALS);
    clock.advance(45_000);
    const alive = start();
    alive.fold([rows(1)], clock.now());
    clock.advance(10_000);
    await alive.write(ports, VITALS);
    const activity = await read();
    const states = new Map(activity.processes.map(({ id, state }) => [id, state]));
    expect([killed, ended, idle, alive].map(({ id }) => states.get(id))).toEqual([
      'stale',
      'ended',
      'alive',
      'alive',
    ]);
    expect(activity.processes.map(({ state }) => state)).toEqual(['alive', 'alive', 'stale', 'ended']);
    expect(sum(activity.rows.counts)).toBe(4);
    clock.advance(5 * MINUTE);
    expect((await read()).processes.map(({ state }) => state)).toEqual(['stale', 'stale', 'ended', 'ended']);
    // What it waits for is known of living processes only.
    expect((await read()).destinations[0]?.oldestUndeliveredSeconds).toBe(0);
  });

  it('removes what is a day old, and counts what it cannot read', async () => {
    const { clock, ports, stored, documents, start, read, names } = world();
    const old = start();
    await old.write(ports, VITALS);
    await documents.put('activity/later-1', { v: 2, writtenOn: NOW + DAY_MS }, undefined);
    await documents.put('activity/later-2', { v: 2 }, undefined);
    await documents.put('activity/later-3', { v: 3, writtenOn: NOW - 1 }, undefined);
    clock.advance(DAY_MS + 1);
    const damaged = start();
    damageDocument(stored, `activity/${damaged.id}`, '{');
    const odd = start();
    await odd.write(ports, VITALS);
    damageDocument(stored, `activity/${odd.id}`, '{"v":1,"host":5}');
    expect(await read()).toMatchObject({ unreadable: 4, processes: [] });
    expect(names()).toHaveLength(4);
    // A process replaces what something else did to its document.
    expect(await odd.write(ports, VITALS)).toBe(true);
    expect(await read()).toMatchObject({ unreadable: 3, processes: [{ state: 'alive' }] });
    clock.advance(DAY_MS + 1);
    expect(await read()).toMatchObject({ unreadable: 1, processes: [] });
    expect(names()).toEqual(['documents/activity/later-2.json']);
  });

  it('reads a hundred processes, and says how many more there are', async () => {
    const { clock, ports, start, read } = world();
    for (let n = 0; n < 103; n++) {
      await start().write(ports, VITALS);
      clock.advance(1);
    }
    expect(await read()).toMatchObject({ unreadable: 0, unread: 3 });
    expect((await read()).processes).toHaveLength(100);
  });

  it('is removed by processes that run while nobody looks, but for those that live', async () => {
    const { clock, ports, documents, start, names } = world();
    const living = start();
    await living.write(ports, VITALS);
    for (let n = 0; n < 130; n++) await start().write(ports, VITALS);
    clock.advance(DAY_MS + 1);
    await living.write(ports, VITALS);
    const young = start();
    await young.write(ports, VITALS);
    await removeOldActivity(documents, clock, signal, 5);
    expect(names()).toHaveLength(127);
    for (let n = 0; n < 8; n++) await removeOldActivity(documents, clock, signal);
    expect(names()).toEqual([living, young].map(({ id }) => `documents/activity/${id}.json`).sort());
  });

  it('ignores what a later version adds, and takes a process of a former one for a consumer', async () => {
    const { documents, ports, stored, start, read } = world();
    const process = start();
    await process.write(ports, VITALS);
    const name = `activity/${process.id}`;
    const document = await documents.get(name);
    stored.delete(`documents/${name}.json`);
    const { consumes, ...former } = Object(document?.value);
    expect(consumes).toBe(true);
    await documents.put(name, { ...former, more: { of: 'it' } }, undefined);
    expect(await read()).toMatchObject({ unreadable: 0, processes: [{ state: 'alive', consumes: true }] });
  });

  it('fails where the state does not answer, since nothing is known then', async () => {
    const { documents, clock } = world();
    const get = () => Promise.reject(new CheckpointError('storage_unavailable', 'no'));
    await documents.put('activity/x', {}, undefined);
    await expect(readActivity({ ...documents, get }, clock, signal)).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    await expect(readActivity(documents, clock, AbortSignal.abort(new Error('gone')))).rejects.toThrow(
      'gone',
    );
  });

  it('is bounded, whatever is counted', async () => {
    const { clock, ports, stored, start, read } = world();
    const process = start();
    const many = (n: number) => Array.from({ length: n }, (_, index) => index);
    for (let round = 1; round <= 60; round++) {
      const value = (scale: number) => round * scale * 1e9;
      process.fold(
        [
          counter(
            'delivered_bytes_total',
            ...many(150).map((n) => [value(n), { destination: `d${n}` }] as const),
          ),
          counter('delivered_total', ...many(150).map((n) => [value(n), { destination: `d${n}` }] as const)),
          counter('rows_total', ...many(300).map((n) => [value(n + 1), { table: `t${n}` }] as const)),
          counter(
            'column_bytes_total',
            ...many(6_000).map((n) => [value(n), { table: `t${n % 50}`, column: `c${n}` }] as const),
          ),
          counter(
            'rule_alerts_total',
            ...many(3_000).map((n) => [round * n, { rule: `${n}-${'r'.repeat(300)}` }] as const),
          ),
        ],
        clock.now(),
      );
      clock.advance(23 * MINUTE);
    }
    await process.write(ports, VITALS);
    for (const { content } of stored.values()) expect(content.length).toBeLessThanOrEqual(256 * 1024);
    const activity = await read();
    expect(activity.unreadable).toBe(0);
    // Those with the most hits are kept.
    expect(activity.rules[0]?.rule.startsWith('2999-')).toBe(true);
    expect(activity.rules.length).toBeGreaterThanOrEqual(20);
    expect(sum(activity.rows.counts)).toBeGreaterThan(0);
  });

  it('of any samples of any processes, is the sum of what they counted', async () => {
    const step = fc.record({
      process: fc.nat(2),
      rows: fc.nat(1_000),
      table: fc.constantFrom('A', 'B', '__proto__', 'constructor'),
      restarts: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      passMs: fc.nat(5 * MINUTE),
      writes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { clock, ports, start, read } = world();
        const processes = Array.from({ length: 3 }, () => ({
          writer: start(),
          counts: new Map<string, number>(),
        }));
        const expected = new Map<string, number>();
        for (const { process, rows: grown, table, restarts, passMs, writes } of steps) {
          const one = processes[process];
          if (!one) continue;
          if (restarts) {
            // Another process in its place: the counts of the one before stay.
            await one.writer.write(ports, VITALS, true);
            one.writer = start();
            one.counts.clear();
          }
          one.counts.set(table, (one.counts.get(table) ?? 0) + grown);
          expected.set(table, (expected.get(table) ?? 0) + grown);
          const sample: MetricFamily[] = [
            counter(
              'rows_total',
              ...[...one.counts].map(([label, value]) => [value, { table: label }] as const),
            ),
          ];
          one.writer.fold(sample, clock.now());
          if (writes) await one.writer.write(ports, VITALS);
          clock.advance(passMs);
          one.writer.fold(sample, clock.now());
        }
        for (const { writer } of processes) await writer.write(ports, VITALS);
        const activity = await read();
        const found = new Map(activity.tables.map(({ name, rows: { counts } }) => [name, sum(counts)]));
        for (const [table, count] of expected) expect(found.get(table) ?? 0).toBe(count);
        expect(sum(activity.rows.counts)).toBe(sum([...expected.values()]));
      }),
    );
  });
});

describe('a process', () => {
  function running(facts = FACTS) {
    const { clock, ports, read, documents, ...rest } = world();
    const stop = new AbortController();
    let value = 0;
    const state = { isDown: false, hangs: false, writes: 0, reads: 0 };
    const put: typeof documents.put = async (...args) => {
      if (state.hangs) return new Promise(() => {});
      if (state.isDown) throw new CheckpointError('storage_unavailable', 'no');
      state.writes += 1;
      return documents.put(...args);
    };
    const source = { sample: async () => [rows(value)], vitals: () => VITALS };
    const get: typeof documents.get = (...args) => {
      state.reads += 1;
      return documents.get(...args);
    };
    const list: typeof documents.list = (...args) => {
      state.reads += 1;
      return documents.list(...args);
    };
    const all = { ...ports, documents: { ...documents, put, get, list } };
    const done = writeActivityRegularly(all, facts, source, stop.signal);
    return {
      ...rest,
      clock,
      read,
      state,
      stop,
      done,
      count: (grown: number) => {
        value += grown;
      },
    };
  }

  it('writes soon after its start, then regularly, and says that it ends', async () => {
    const { clock, read, count, state, stop, done } = running();
    count(3);
    await clock.run(2_000);
    expect(await read()).toMatchObject({ processes: [{ state: 'alive' }] });
    await clock.run(60_000);
    expect(state.writes).toBeGreaterThanOrEqual(4);
    expect(state.writes).toBeLessThanOrEqual(5);
    count(4);
    stop.abort();
    await done;
    const activity = await read();
    expect(activity.processes).toMatchObject([{ state: 'ended' }]);
    expect(sum(activity.rows.counts)).toBe(7);
  });

  it('makes 240 writes an hour, and no other request', async () => {
    const { clock, state, stop, done } = running();
    await clock.run(HOUR_MS);
    expect(state.writes).toBeGreaterThan(230);
    expect(state.writes).toBeLessThan(250);
    expect(state.reads).toBe(0);
    stop.abort();
    await done;
  });

  it('goes on after its state did not answer, and loses no count', async () => {
    const { clock, read, count, state, stop, done } = running();
    await clock.run(2_000);
    state.isDown = true;
    count(5);
    await clock.run(60_000);
    expect((await read()).processes).toMatchObject([{ state: 'stale' }]);
    state.isDown = false;
    await clock.run(20_000);
    const activity = await read();
    expect(activity.processes).toMatchObject([{ state: 'alive' }]);
    expect(sum(activity.rows.counts)).toBe(5);
    stop.abort();
    await done;
  });

  it('ends in two seconds although its state hangs', async () => {
    const { clock, state, stop, done } = running();
    await clock.run(1_000);
    state.hangs = true;
    await clock.run(10_000);
    stop.abort();
    await clock.run(2_000);
    await done;
  });

  it('writes again where its document was removed', async () => {
    const { clock, read, stored, stop, done } = running();
    await clock.run(2_000);
    stored.clear();
    await clock.run(20_000);
    expect(await read()).toMatchObject({ processes: [{ state: 'alive' }] });
    stop.abort();
    await done;
  });
});

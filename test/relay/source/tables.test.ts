import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { knownTables } from '../../../src/relay/discovery/sweep-record.ts';
import { sweepOnce } from '../../../src/relay/discovery/sweep-regularly.ts';
import { TableBook, type TableRecords, withSeen } from '../../../src/relay/source/tables.ts';
import { CONTAINER, MINUTE, relay, row } from '../harness.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('a table', () => {
  const sweepOf = (before: TableRecords, at: number, lastWrite: number | undefined) =>
    withSeen(
      before,
      { newest: new Map([['c-a', lastWrite]]), from: at - 2 * DAY },
      { now: at, floorMs: DAY },
    );

  it('is silent after a day, or after twice its longest pause, and is told once', () => {
    let { tables } = sweepOf({}, 10 * DAY, 10 * DAY - HOUR);
    expect(sweepOf(tables, 10.5 * DAY, undefined).fell).toEqual([]);
    const first = sweepOf(tables, 11 * DAY, undefined);
    expect(first.fell).toEqual(['c-a']);
    expect(sweepOf(first.tables, 11.1 * DAY, undefined).fell).toEqual([]);
    const back = sweepOf(first.tables, 12.5 * DAY, 12.5 * DAY);
    expect(back.resumed).toEqual(['c-a']);
    tables = back.tables;
    // It has paused for 2.5 days once: nobody is told before five days are over.
    expect(sweepOf(tables, 17 * DAY, undefined).fell).toEqual([]);
    expect(sweepOf(tables, 17.6 * DAY, undefined).fell).toEqual(['c-a']);
    // That pause is forgotten after 30 days.
    for (let day = 13; day < 50; day++) tables = sweepOf(tables, day * DAY, day * DAY).tables;
    expect(tables['c-a']?.longestGapMs).toBe(DAY);
  });

  it('whose writes were never seen is silent after a day of looking, for as long as was looked back', () => {
    const first = sweepOf({}, 10 * DAY, undefined);
    expect(first).toMatchObject({ fell: [], tables: { 'c-a': { lastWrite: 8 * DAY, unseen: true } } });
    expect(sweepOf(first.tables, 11.1 * DAY, undefined).fell).toEqual(['c-a']);
    // A later look that reaches less far says no more, one that finds a write does.
    expect(sweepOf(first.tables, 10.5 * DAY, undefined).tables['c-a']?.lastWrite).toBe(8 * DAY);
    expect(sweepOf(first.tables, 10.5 * DAY, 10.4 * DAY).tables['c-a']).toMatchObject({ longestGapMs: 0 });
  });

  it('keeps its record where its container could not be listed', () => {
    const { tables } = sweepOf({}, 10 * DAY, 10 * DAY);
    const none = { newest: new Map(), from: 0 };
    expect(withSeen(tables, none, { now: 20 * DAY, floorMs: DAY })).toEqual({
      tables,
      fell: [],
      resumed: [],
    });
  });

  it('has its gauges computed when somebody looks', () => {
    const clock = new FakeClock(10 * DAY);
    const metrics = recordingMetrics();
    const book = TableBook.create(metrics, clock);
    book.set(undefined, sweepOf({}, 10 * DAY, 10 * DAY).tables, DAY);
    clock.advance(DAY + HOUR);
    expect(metrics.gaugeValue('xdr_relay_table_silent_seconds', { table: 'a' })).toBe(90_000);
    expect(metrics.gaugeValue('xdr_relay_table_silent', { table: 'a' })).toBe(1);
  });
});

it('the sweep finds silent tables without any request of its own, and logs each once', async () => {
  const r = relay(['splunk']);
  r.append(row(0));
  const lines: unknown[] = [];
  const logger = { ...silentLogger, warn: (...line: unknown[]) => lines.push(line) };
  const deps = { ...r.deps, logger };
  const reads: string[] = [];
  const documents = {
    ...r.documents,
    get(name: string) {
      reads.push(name);
      return r.documents.get(name);
    },
  };
  const sweepNow = () => {
    const to = r.clock.now();
    const hours = { name: 'wide', containerPrefix: 'insights-logs-', from: to - 2 * DAY, to };
    return sweepOnce({ ...deps, documents }, hours, r.stop.signal);
  };
  await sweepNow();
  const before = reads.length;
  expect(await knownTables(r.documents)).toMatchObject({ [CONTAINER]: { longestGapMs: 0 } });
  r.clock.advance(25 * HOUR);
  await sweepNow();
  await sweepNow();
  expect(reads.length).toBe(3 * before);
  expect(lines).toEqual([
    [
      'A table is silent: is it still chosen in the Streaming API item of Defender?',
      { table: 'deviceevents', silent_for: '1d 1h' },
    ],
  ]);
  expect(r.metrics.gaugeValue('xdr_relay_table_silent', { table: 'DeviceEvents' })).toBe(1);
});

/** The simulation of many consumers keeps the laws of processors and of rows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outlookOf } from '../../bench/scale/limits.ts';
import { Machine, Timeline } from '../../bench/scale/machine.ts';
import type { Costs, Settings, Workload } from '../../bench/scale/model.ts';
import { simulate } from '../../bench/scale/simulate.ts';

const COSTS: Costs = {
  row: 20e-6,
  visit: 0.005,
  look: 0.003,
  storageRow: 10e-6,
  storageOperation: 0.0005,
  receiverRow: 8e-6,
  storageLatency: 0.001,
  destinationLatency: 0.001,
};
const SETTINGS: Settings = {
  consumers: 2,
  blobsAtOnce: 8,
  follow: 250,
  pollMin: 4,
  checkpointEvery: 1,
  sharedCores: 2,
};
const BACKLOG: Workload = { blobs: 12, rowBytes: 1_676, rowsPerSecond: 0, backlog: 5_000 };

describe('a machine', () => {
  it('gives each of its processes the same part of its cores', () => {
    const timeline = new Timeline();
    const machine = new Machine(timeline, 1);
    const ends: (readonly [string, number])[] = [];
    machine.process().do(1, () => ends.push(['one', timeline.now]));
    machine.process().do(3, () => ends.push(['other', timeline.now]));
    timeline.runUntil(100);
    // Both run at half speed until the shorter one is done after 2 s; the other has 2 s of work left and the core for itself.
    expect(ends).toEqual([
      ['one', 2],
      ['other', 4],
    ]);
  });

  it('runs a process of one thread on one core, however many it has', () => {
    const timeline = new Timeline();
    const process = new Machine(timeline, 8).process();
    let end = 0;
    process.do(1, () => undefined);
    process.do(1, () => (end = timeline.now));
    timeline.runUntil(100);
    expect(end).toBe(2);
    expect(process.used).toBeCloseTo(2);
  });

  it('does no more work than its cores can, and all of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }), {
          minLength: 1,
          maxLength: 8,
        }),
        (cores, processes) => {
          const timeline = new Timeline();
          const machine = new Machine(timeline, cores);
          let last = 0;
          for (const jobs of processes) {
            const process = machine.process();
            for (const job of jobs) process.do(job / 10, () => (last = timeline.now));
          }
          timeline.runUntil(1_000);
          const all = processes.flat().reduce((sum, job) => sum + job / 10, 0);
          const longest = Math.max(...processes.map((jobs) => jobs.reduce((sum, job) => sum + job / 10, 0)));
          expect(last).toBeGreaterThanOrEqual(Math.max(all / cores, longest) - 1e-6);
          expect(last).toBeLessThanOrEqual(all + 1e-6);
        },
      ),
    );
  });
});

describe('consumers', () => {
  it('deliver every row of a backlog once, as fast as the processors allow', () => {
    const rows = BACKLOG.blobs * BACKLOG.backlog;
    const { delivered, drainedAt = 0 } = simulate(COSTS, BACKLOG, SETTINGS, 600);
    expect(delivered).toBe(rows);
    const work = rows * (COSTS.row + COSTS.storageRow + COSTS.receiverRow);
    expect(drainedAt).toBeGreaterThanOrEqual(work / 2);
    expect(drainedAt).toBeLessThan(work);
  });

  it('deliver more with more consumers, until something else is busy', () => {
    const apart: Settings = { consumers: 1, blobsAtOnce: 8, follow: 250, pollMin: 4, checkpointEvery: 1 };
    const drained = (consumers: number) =>
      simulate(COSTS, BACKLOG, { ...apart, consumers }, 600).drainedAt ?? Number.NaN;
    const [one, two, eight] = [drained(1), drained(2), drained(8)];
    expect(two).toBeLessThan(one * 0.65);
    // The storage, one process here, does 10 us a row: nothing is faster than that.
    expect(eight).toBeGreaterThanOrEqual(BACKLOG.blobs * BACKLOG.backlog * COSTS.storageRow - 1e-6);
  });

  it('write fewer checkpoints where they may wait', () => {
    const live: Workload = { blobs: 100, rowBytes: 1_676, rowsPerSecond: 2, backlog: 0 };
    const often = simulate(COSTS, live, SETTINGS, 120).operations;
    const seldom = simulate(COSTS, live, { ...SETTINGS, checkpointEvery: 30 }, 120).operations;
    expect(seldom.write).toBeLessThan(often.write / 4);
    expect(Math.abs(seldom.read - often.read)).toBeLessThan(often.read * 0.1);
  });

  it('are late where their places for blobs are all taken, and say so', () => {
    const live: Workload = { blobs: 400, rowBytes: 1_676, rowsPerSecond: 2, backlog: 0 };
    const apart: Settings = { consumers: 1, blobsAtOnce: 2, follow: 1_000, pollMin: 4, checkpointEvery: 1 };
    const slow = { ...COSTS, row: 1e-6, visit: 0, storageLatency: 0.05, storageOperation: 0, storageRow: 0 };
    const result = simulate(slow, live, apart, 60);
    expect(result.places).toBeGreaterThan(0.95);
    expect(result.places).toBeLessThanOrEqual(1);
    expect(outlookOf(result, live, apart).first.limit).toBe('blobs read at once');
  });

  it('say what limits first', () => {
    const large: Workload = { blobs: 1_000, rowBytes: 1_676, rowsPerSecond: 2, backlog: 0 };
    const settings = { ...SETTINGS, consumers: 2 };
    const { first } = outlookOf(simulate(COSTS, large, settings, 20), large, settings);
    expect(first).toMatchObject({ limit: 'blobs that consumers follow', used: 2 });
  });
});

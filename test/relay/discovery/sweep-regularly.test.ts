import { describe, expect, it } from 'vitest';
import { sourceAccount } from '../../../src/event-grid/source.ts';
import { lastSweep } from '../../../src/relay/discovery/sweep-record.ts';
import { sweepRegularly } from '../../../src/relay/discovery/sweep-regularly.ts';
import { MINUTE, relay, row } from '../harness.ts';

const SCHEDULE = {
  intervalMs: 10 * MINUTE,
  recentMs: 180 * MINUTE,
  wideIntervalMs: 60 * MINUTE,
  wideMs: 2_880 * MINUTE,
};

/** Consumers of one source, and the moments at which any of them listed its containers: each is a sweep. */
function consumers() {
  const r = relay(['splunk']);
  r.append(row(0));
  const sweeps: number[] = [];
  const began = r.clock.now();
  const blobs = {
    ...r.blobs,
    containers(prefix: string, signal?: AbortSignal) {
      sweeps.push((r.clock.now() - began) / MINUTE);
      return r.blobs.containers(prefix, signal);
    },
  };
  const account = sourceAccount({
    account: r.blobs.account,
    blobEndpoint: 'https://memory.blob.core.windows.net',
    containerPrefix: 'insights-logs-',
    setting: 'storage',
  });
  const source = { deps: { ...r.deps, blobs }, account };
  /** Gives what stops it. */
  const start = () => {
    const stop = new AbortController();
    const done = sweepRegularly(source, SCHEDULE, stop.signal);
    return async () => {
      stop.abort();
      await done;
    };
  };
  return { ...r, sweeps, start };
}

describe('sweeps of several consumers', () => {
  it('are as many as those of one', async () => {
    const { clock, sweeps, start } = consumers();
    const stops = [start(), start(), start(), start()];
    await clock.run(240 * MINUTE);
    for (const stop of stops) await stop();
    // The wide ones, one of them at once, and the recent ones.
    expect(sweeps[0]).toBe(0);
    expect(sweeps.length).toBeGreaterThanOrEqual(4 + 21);
    expect(sweeps.length).toBeLessThanOrEqual(1 + 5 + 27);
  });

  it('go on at their interval when the consumer that made them ends', async () => {
    const { clock, sweeps, start } = consumers();
    const stopFirst = start();
    await clock.run(5 * MINUTE);
    const stopSecond = start();
    await clock.run(36 * MINUTE);
    await stopFirst();
    const before = sweeps.length;
    await clock.run(60 * MINUTE);
    await stopSecond();
    const gaps = sweeps.slice(before).map((at, n) => at - (sweeps[before + n - 1] ?? 0));
    expect(gaps.length).toBeGreaterThan(4);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(11.1);
  });

  it('are made at once at a start, unless another consumer has just made them', async () => {
    const { clock, documents, sweeps, start } = consumers();
    const stops = [start()];
    await clock.run(6 * MINUTE);
    expect(sweeps).toEqual([0]);
    expect((await lastSweep(documents, ['wide'], clock.now())).ago).toBe(6 * MINUTE);
    stops.push(start());
    await clock.run(MINUTE);
    expect(sweeps).toEqual([0, 6]);
    stops.push(start());
    await clock.run(MINUTE);
    expect(sweeps).toEqual([0, 6]);
    for (const stop of stops) await stop();
  });

  it('queue a blob at the start that was created seconds before, since its notification may be lost', async () => {
    const { clock, queue, start } = consumers();
    const stop = start();
    await clock.run(MINUTE / 6);
    expect(await queue.receive(32, 120)).toHaveLength(1);
    await stop();
  });
});

import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { addUsage, OperationCounts, storeUsageRegularly, usageSince } from '../../../src/relay/cost/usage.ts';
import { DAY_MS, HOUR_MS } from '../../../src/shared/duration.ts';
import { NO_OPERATIONS } from '../../../src/shared/storage-operations.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 30, 12);
const some = (write: number) => ({ ...NO_OPERATIONS, write, read: 2 * write });

describe('the usage in the state', () => {
  it('is the sum over consumers, days and months', async () => {
    const documents = createMemoryStateDocuments();
    const clock = new FakeClock(NOON);
    const add = (from: number, to: number, write: number) =>
      addUsage(documents, { from, to, operations: some(write) }, clock);
    await add(NOON, NOON + HOUR_MS, 1);
    await add(NOON, NOON + HOUR_MS, 10);
    await add(NOON + 11 * HOUR_MS, NOON + 13 * HOUR_MS, 100);
    await add(NOON + DAY_MS, NOON + DAY_MS + HOUR_MS, 1_000);
    const now = NOON + DAY_MS + 2 * HOUR_MS;
    expect(await usageSince(documents, { since: NOON, now })).toEqual({
      from: NOON,
      to: NOON + DAY_MS + HOUR_MS,
      countedMs: 14 * HOUR_MS,
      operations: some(1_111),
    });
    // From the beginning of the day.
    expect(await usageSince(documents, { since: now, now })).toMatchObject({ operations: some(1_000) });
    expect(await usageSince(documents, { since: now + DAY_MS, now: now + DAY_MS })).toBeUndefined();
  });

  it('loses nothing when consumers add at the same moment', async () => {
    const documents = createMemoryStateDocuments();
    const clock = new FakeClock(NOON, { sleepPasses: true });
    const added = await Promise.all(
      Array.from({ length: 5 }, () =>
        addUsage(documents, { from: NOON, to: NOON + 1, operations: some(1) }, clock),
      ),
    );
    expect(added).toEqual(Array.from({ length: 5 }, () => true));
    expect((await usageSince(documents, { since: NOON, now: NOON }))?.operations).toEqual(some(5));
  });
});

describe('a consumer', () => {
  /** A process whose documents fail as long as `isDown`. */
  function process() {
    const clock = new FakeClock(NOON);
    const memory = createMemoryStateDocuments();
    const state = { isDown: false };
    const documents = {
      ...memory,
      async get(name: string) {
        if (state.isDown) throw new CheckpointError('storage_unavailable', 'no');
        return memory.get(name);
      },
    };
    const counts = new OperationCounts();
    const stop = new AbortController();
    const done = storeUsageRegularly({ documents, clock, logger: silentLogger }, counts, stop.signal);
    const count = (times: number) => {
      for (let n = 0; n < times; n++) counts.add('write');
    };
    const stored = () => usageSince(memory, { since: NOON, now: clock.now() });
    return { clock, state, count, stop, done, stored };
  }

  it('stores after five minutes, then each quarter of an hour, and at its end', async () => {
    const { clock, count, stop, done, stored } = process();
    count(3);
    await clock.run(4 * MINUTE);
    expect(await stored()).toBeUndefined();
    await clock.run(MINUTE);
    expect(await stored()).toMatchObject({ operations: { write: 3 }, countedMs: 5 * MINUTE });
    count(4);
    await clock.run(15 * MINUTE);
    expect(await stored()).toMatchObject({ operations: { write: 7 }, countedMs: 20 * MINUTE });
    count(5);
    clock.advance(MINUTE);
    stop.abort();
    await done;
    expect(await stored()).toMatchObject({ operations: { write: 12 }, countedMs: 21 * MINUTE });
  });

  it('counts again what it could not store', async () => {
    const { clock, state, count, stop, done, stored } = process();
    state.isDown = true;
    count(3);
    await clock.run(5 * MINUTE);
    state.isDown = false;
    count(1);
    await clock.run(15 * MINUTE);
    expect(await stored()).toMatchObject({ operations: { write: 4 }, countedMs: 20 * MINUTE });
    stop.abort();
    await done;
  });
});

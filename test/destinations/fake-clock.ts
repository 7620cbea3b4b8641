import type { Clock } from '../../src/shared/clock.ts';

/** A clock on which sleeping takes no time: `sleep` steps it. */
export interface FakeClock extends Clock {
  /** What was slept, in order, milliseconds. */
  readonly sleeps: readonly number[];
  step(ms: number): void;
}

/** @param start wall clock at the beginning; real time where left out, so that signatures stay fresh. */
export function fakeClock(start = Date.now()): FakeClock {
  let elapsed = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => start + elapsed,
    monotonic: () => elapsed,
    step(ms) {
      elapsed += ms;
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      elapsed += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}

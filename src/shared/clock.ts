/** The port to the time, and its implementation, the only code that reads the machine's clocks. */
import { setTimeout as delay } from 'node:timers/promises';

/** The port to the time. Tests and the soak use clocks that they can step. */
export interface Clock {
  /** The wall clock in whole milliseconds since the epoch. It may jump. */
  now(): number;
  /** Milliseconds since some fixed moment. It never goes back, so leases and deadlines are measured with it. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, even if that is weeks; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `work` once after `ms` milliseconds, 24.8 days at most, unless the returned function was called before. */
  after(ms: number, work: () => void): () => void;
}

/** The longest delay of a timer, 24.8 days: a timer with a longer delay would fire at once. Milliseconds. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    const until = performance.now() + ms;
    try {
      for (let left = ms; ; left = until - performance.now()) {
        await delay(Math.min(left, LONGEST_TIMER_MS), undefined, signal ? { signal } : undefined);
        if (left <= LONGEST_TIMER_MS) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
  after(ms, work) {
    const timer = setTimeout(work, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

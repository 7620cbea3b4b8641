/** The time: the only place that asks the machine for it. */
import { setTimeout as delay } from 'node:timers/promises';

/** Time, as the core sees it: tests and the soak step it. */
export interface Clock {
  /** Wall clock, whole milliseconds since the epoch. May step. */
  now(): number;
  /** Milliseconds since some fixed moment. Never steps back: leases and deadlines are measured with it. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, be they weeks; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `work` once after `ms` milliseconds, 24.8 days at most, unless the function that it returns was called before. */
  after(ms: number, work: () => void): () => void;
}

/** The longest time a timer can hold, 24.8 days: one for longer would fire at once. Milliseconds. */
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

import { setTimeout as delay } from 'node:timers/promises';

/** Time, as the core sees it: tests and the soak step it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May step. */
  now(): number;
  /** Milliseconds since some fixed moment. Never steps back: leases and deadlines are measured with it. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal ? { signal } : undefined);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/** A pace: how often a product may be called. */
import type { Clock } from '../shared/clock.ts';

/** Lets callers through one at a time, never closer together than an interval. */
export interface Pace {
  /** Resolves when it is this caller's turn; rejects with the signal's reason when it is aborted. */
  turn(signal: AbortSignal): Promise<void>;
  /** Milliseconds until the next turn; 0 when it is now. */
  wait(): number;
  /** Nobody goes for another `ms` milliseconds. */
  holdOff(ms: number): void;
}

/** @param intervalMs milliseconds between two turns. */
export function createPace(intervalMs: number, clock: Clock): Pace {
  let next = Number.NEGATIVE_INFINITY;
  return {
    async turn(signal) {
      for (;;) {
        signal.throwIfAborted();
        const now = clock.monotonic();
        if (now >= next) {
          next = now + intervalMs;
          return;
        }
        await clock.sleep(next - now, signal);
      }
    },
    wait: () => Math.max(0, next - clock.monotonic()),
    holdOff(ms) {
      next = Math.max(next, clock.monotonic() + ms);
    },
  };
}

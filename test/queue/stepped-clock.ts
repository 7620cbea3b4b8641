import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/shared/clock.ts';

/** A clock that stands still until it is stepped. */
export class SteppedClock implements Clock {
  #now = Date.UTC(2026, 10, 23, 7);
  readonly #sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper = { due: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Moves on by `seconds`, waking each sleeper at its time and letting it act before the next. */
  async advance(seconds: number): Promise<void> {
    const end = this.#now + seconds * 1000;
    await turn();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.due;
      next.wake();
      await turn();
    }
    this.#now = end;
    await turn();
  }

  #next(end: number) {
    const due = [...this.#sleepers].filter((sleeper) => sleeper.due <= end);
    return due.sort((a, b) => a.due - b.due)[0];
  }
}

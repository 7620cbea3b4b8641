import type { Clock } from '../../src/shared/clock.ts';

/** Time that passes only when told to. */
export class ManualClock implements Clock {
  #now: number;
  #monotonic = 0;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { at: this.#monotonic + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Lets `ms` milliseconds pass and wakes whoever slept for less. */
  advance(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
    const due = this.#sleepers.filter((each) => each.at <= this.#monotonic);
    this.#sleepers = this.#sleepers.filter((each) => each.at > this.#monotonic);
    for (const { wake } of due) wake();
  }

  /** Steps the wall clock alone, as a correction by NTP does. */
  step(ms: number): void {
    this.#now += ms;
  }
}

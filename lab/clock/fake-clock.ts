/** The fake clock of tests, benches and simulations. Its time advances only on demand. */
import type { Clock } from '../../src/shared/clock.ts';

export interface FakeClockOptions {
  /** Whether a sleep advances the clock itself and returns at once, for code that waits for nothing else. Default: false. */
  readonly sleepPasses?: boolean;
}

interface Sleeper {
  /** When the sleeper is due, in monotonic milliseconds. */
  readonly at: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #monotonic = 0;
  readonly #sleepers = new Set<Sleeper>();
  readonly #sleeps: number[] = [];
  readonly #sleepPasses: boolean;

  /** @param now the initial time of the wall clock. */
  constructor(now = Date.UTC(2026, 10, 23, 7), { sleepPasses = false }: FakeClockOptions = {}) {
    this.#now = now;
    this.#sleepPasses = sleepPasses;
  }

  /** The durations of all sleeps so far, in the order in which they began. Milliseconds. */
  get sleeps(): readonly number[] {
    return this.#sleeps;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#sleeps.push(ms);
    if (this.#sleepPasses) {
      this.advance(ms);
      await turn();
      signal?.throwIfAborted();
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Calls `work` once after `ms` milliseconds, unless the returned function was called before. */
  after(ms: number, work: () => void): () => void {
    const sleeper = { at: this.#monotonic + ms, wake: work };
    this.#sleepers.add(sleeper);
    return () => {
      this.#sleepers.delete(sleeper);
    };
  }

  /** Jumps ahead by `ms`, as after a suspension of the machine. All due sleepers wake then, the earliest first. */
  advance(ms: number): void {
    this.#pass(ms);
    for (const sleeper of this.#due()) {
      // A sleeper that woke before may have cancelled this one.
      if (this.#sleepers.delete(sleeper)) sleeper.wake();
    }
  }

  /** Advances by `ms` step by step: each sleeper wakes at its time and acts before the next one. */
  async run(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await turn();
    for (let next = this.#due(end)[0]; next; next = this.#due(end)[0]) {
      this.#pass(Math.max(0, next.at - this.#monotonic));
      this.#sleepers.delete(next);
      next.wake();
      await turn();
    }
    this.#pass(end - this.#monotonic);
    await turn();
  }

  /** Changes only the wall clock, as a correction by NTP does. */
  step(ms: number): void {
    this.#now += ms;
  }

  #pass(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }

  #due(until = this.#monotonic): readonly Sleeper[] {
    return [...this.#sleepers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
  }
}

/** Lets pending promises run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

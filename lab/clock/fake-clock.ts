/** The one fake clock of tests, benches and simulations: time passes only when it is told to. */
import type { Clock } from '../../src/shared/clock.ts';

export interface FakeClockOptions {
  /** A sleep lets its own time pass and takes none: for code that waits for nobody else. Default: false. */
  readonly sleepPasses?: boolean;
}

interface Sleeper {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #monotonic = 0;
  readonly #sleepers = new Set<Sleeper>();
  readonly #sleeps: number[] = [];
  readonly #sleepPasses: boolean;

  /** @param now The wall clock at the beginning. */
  constructor(now = Date.UTC(2026, 10, 23, 7), { sleepPasses = false }: FakeClockOptions = {}) {
    this.#now = now;
    this.#sleepPasses = sleepPasses;
  }

  /** What was slept so far, in the order the sleeps began. Milliseconds. */
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

  /** Calls `work` once after `ms` milliseconds, unless the function it returns was called before. */
  after(ms: number, work: () => void): () => void {
    const sleeper = { at: this.#monotonic + ms, wake: work };
    this.#sleepers.add(sleeper);
    return () => {
      this.#sleepers.delete(sleeper);
    };
  }

  /** Time jumps by `ms`, as for a machine that was suspended: then all that is due wakes, the earliest first. */
  advance(ms: number): void {
    this.#pass(ms);
    for (const sleeper of this.#due()) {
      // One that woke before may have cancelled it.
      if (this.#sleepers.delete(sleeper)) sleeper.wake();
    }
  }

  /** `ms` go by: each sleeper wakes at its time and acts before the next one does. */
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

  /** Steps the wall clock alone, as a correction by NTP does. */
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

/** Whatever became possible happens. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Remembers documents that could not be read or written, so that one of them does not keep all others waiting. */
import type { Clock } from '../../shared/clock.ts';

/** Names that are remembered. When there are more, it is the store that is in trouble, and it does not matter which one waits. */
const MOST = 1_000;

export class Troubled {
  readonly #clock: Clock;
  readonly #ms: number;
  /** By name, until when it is left alone, by the monotonic clock. */
  readonly #until = new Map<string, number>();

  /** @param ms for how long a document is left alone. Milliseconds. */
  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  put(names: readonly string[]): void {
    const now = this.#clock.monotonic();
    for (const [name, until] of this.#until) if (until <= now) this.#until.delete(name);
    for (const name of names) if (this.#until.size < MOST) this.#until.set(name, now + this.#ms);
  }

  has(name: string): boolean {
    const until = this.#until.get(name);
    return until !== undefined && until > this.#clock.monotonic();
  }
}

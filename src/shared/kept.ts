/** Keeps the result of some work for those who ask for it soon after, so that many askers cost one run. */
import type { Clock } from './clock.ts';

export interface KeptOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** A result is good for so long after its work began. Milliseconds. */
  readonly freshMs: number;
  /**
   * True: who asks while the work runs waits for it. False for Workers, where a request cannot wait for another request's I/O: it gets the
   * result before, if there is one.
   */
  readonly shares: boolean;
}

/** Without `shares`: the work of a request that was cancelled is taken for lost after so long. Milliseconds. */
const LOST_MS = 10_000;

/** The result of work that must end in bounded time. At most one run is under way. */
export class Kept<T> {
  readonly #options: KeptOptions;
  #last: { readonly value: T } | undefined;
  #begunAt = Number.NEGATIVE_INFINITY;
  #running: Promise<T> | undefined;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  /**
   * The result of a run that began at most `freshMs` ago: an earlier one's, or that of `work`. Without `shares` it may be an older one, or
   * undefined, while another request's run is under way. Rejects as `work` does, and forgets that at once.
   */
  async get(work: () => Promise<T>): Promise<T | undefined> {
    const { clock, freshMs, shares } = this.#options;
    const age = clock.monotonic() - this.#begunAt;
    if (this.#running && shares) return this.#running;
    if (this.#running && age < LOST_MS) return this.#last?.value;
    if (!this.#running && this.#last && age < freshMs) return this.#last.value;
    this.#begunAt = clock.monotonic();
    const running = work();
    this.#running = running;
    try {
      const value = await running;
      this.#last = { value };
      return value;
    } catch (error) {
      this.#last = undefined;
      throw error;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** Makes the next call run its work. */
  forget(): void {
    this.#begunAt = Number.NEGATIVE_INFINITY;
  }
}

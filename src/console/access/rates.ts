/** Limits how often somebody may do something, in bounded memory. */
import type { Clock } from '../../shared/clock.ts';

export interface RateLimit {
  /** At once, and in each period. */
  readonly most: number;
  /** Milliseconds. */
  readonly periodMs: number;
}

/** So many callers are remembered; of more, the caller that asked longest ago is forgotten. */
const MOST_ASKERS = 1_000;

/** Token buckets by name: each may be emptied at once and fills up evenly over the period. */
export class Rates {
  readonly #limit: RateLimit;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #buckets = new Map<string, { readonly left: number; readonly at: number }>();

  constructor(limit: RateLimit, clock: Pick<Clock, 'monotonic'>) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Takes one. Returns 0 where there was one left, else the milliseconds until there is. */
  take(asker: string): number {
    const { most, periodMs } = this.#limit;
    const now = this.#clock.monotonic();
    const known = this.#buckets.get(asker);
    const left = known ? Math.min(most, known.left + ((now - known.at) / periodMs) * most) : most;
    const isAllowed = left >= 1;
    this.#buckets.delete(asker);
    this.#buckets.set(asker, { left: isAllowed ? left - 1 : left, at: now });
    if (this.#buckets.size > MOST_ASKERS) {
      const [oldest = asker] = this.#buckets.keys();
      this.#buckets.delete(oldest);
    }
    return isAllowed ? 0 : Math.ceil(((1 - left) / most) * periodMs);
  }
}

/** Finds out over which time rows came, so that their bytes can be told for a day. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** With fewer hours, the first and the last, which may not be whole, would say too much. */
const ENOUGH_HOURS = 3;
/** A shorter time says nothing about a day. Milliseconds. */
const LEAST_MS = 5 * 60_000;
/** Ten years. */
const MOST_HOURS = 87_600;

/** Collects the times at which rows were written. */
export class TimeSpan {
  readonly #hours = new Set<number>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /** @param ms milliseconds since the epoch; NaN is passed over. */
  add(ms: number): void {
    if (!Number.isFinite(ms)) return;
    if (ms < this.#first) this.#first = ms;
    if (ms > this.#last) this.#last = ms;
    const hour = Math.floor(ms / HOUR_MS);
    if (this.#hours.size < MOST_HOURS) this.#hours.add(hour);
  }

  /** In days: the hours in which rows were written, wherever they lie; undefined where they are too few to tell. */
  get days(): number | undefined {
    if (this.#hours.size >= ENOUGH_HOURS) return this.#hours.size / 24;
    const span = this.#last - this.#first;
    return span >= LEAST_MS ? span / DAY_MS : undefined;
  }
}

/** Counts in buckets of equal length, of which the oldest is dropped when a new one begins, and their text in the state. */
import { z } from 'zod';
import type { Series } from './activity.ts';

/** The counts of the last buckets; the last one is still being filled. */
export class Ring {
  readonly #counts: number[];

  /** @param buckets how many are kept, at least 1. */
  constructor(buckets: number) {
    this.#counts = new Array<number>(buckets).fill(0);
  }

  /** Adds to the last bucket. */
  add(count: number): void {
    const last = this.#counts.length - 1;
    this.#counts[last] = (this.#counts[last] ?? 0) + count;
  }

  /** Begins so many new buckets. @param by an integer; below 1, nothing happens. */
  advance(by: number): void {
    if (by < 1) return;
    const { length } = this.#counts;
    if (by < length) this.#counts.copyWithin(0, by);
    this.#counts.fill(0, Math.max(0, length - by));
  }

  get sum(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** How many buckets ago the oldest one with a count is; undefined where all are 0. */
  get oldest(): number | undefined {
    const index = this.#counts.findIndex((count) => count > 0);
    return index < 0 ? undefined : this.#counts.length - 1 - index;
  }

  /** As {@link countsText} has it. */
  get text(): string {
    return countsText(this.#counts);
  }
}

/** What a count may be at most: 2^53 has eleven digits to the base 36. */
const COUNT = '[0-9a-z]{0,11}';

/** The schema of {@link countsText}. @param buckets how many counts it may have. */
export function countsSchema(buckets: number) {
  return z
    .string()
    .max(12 * buckets)
    .regex(new RegExp(`^(?:${COUNT}(?:,${COUNT}){0,${buckets - 1}})?$`));
}

/** Counts as a short text: whole numbers to the base 36 between commas, nothing for 0. Buckets without a count before the first one are left out. */
export function countsText(counts: readonly number[]): string {
  const texts = counts.map((count) => {
    const whole = Math.min(Number.MAX_SAFE_INTEGER, Math.round(count));
    return whole > 0 ? whole.toString(36) : '';
  });
  const first = texts.findIndex((text) => text !== '');
  return first < 0 ? '' : texts.slice(first).join(',');
}

/** The counts of such a text, the last one last. */
export function countsOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(',').map((count) => (count === '' ? 0 : Number.parseInt(count, 36)));
}

/** Sums series of several processes into buckets that end now. */
export class SeriesSum {
  readonly #step: number;
  readonly #from: number;
  readonly #counts: number[];

  /** @param step milliseconds. @param now ms since the epoch: the last bucket holds it. */
  constructor(step: number, buckets: number, now: number) {
    this.#step = step;
    this.#from = (Math.floor(now / step) - buckets + 1) * step;
    this.#counts = new Array<number>(buckets).fill(0);
  }

  /**
   * Adds the counts of one process; those that are too old are left out, and those of a clock that is ahead go into the last bucket.
   *
   * @param last the start of its last bucket, ms since the epoch.
   */
  add(text: string, last: number): void {
    const counts = countsOf(text);
    const end = Math.round((last - this.#from) / this.#step);
    counts.forEach((count, at) => {
      const index = Math.min(end - (counts.length - 1 - at), this.#counts.length - 1);
      if (index >= 0) this.#counts[index] = (this.#counts[index] ?? 0) + count;
    });
  }

  get sum(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  get series(): Series {
    return { step: this.#step, from: this.#from, counts: [...this.#counts] };
  }
}

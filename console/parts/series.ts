/** Arithmetic on series of counts. */
import type { Series } from '../../src/relay/activity/activity.ts';

/** The starts of all buckets but the last one, which is still being filled. Ms since the epoch. */
export function timesOf({ from, step, counts }: Series): readonly number[] {
  return counts.slice(0, -1).map((_, at) => from + at * step);
}

export interface Known {
  /** Ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** A rate per second for each of {@link timesOf}; undefined in buckets that nobody counted. */
export function ratesOf({ from, step, counts }: Series, known: Known): readonly (number | undefined)[] {
  return counts.slice(0, -1).map((count, at) => {
    const start = from + at * step;
    const isKnown = start + step > known.from && start < known.to;
    return isKnown ? count / (step / 1000) : undefined;
  });
}

/** The sum of the last `buckets` that are full. */
export function sumOfLast({ counts }: Series, buckets: number): number {
  return counts.slice(-1 - buckets, -1).reduce((sum, count) => sum + count, 0);
}

/** The sum of all. */
export function sumOf({ counts }: Series): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

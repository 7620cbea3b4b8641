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

/** The sum of the last `buckets`, of which the last one is still being filled. */
export function sumOfLast({ counts }: Series, buckets: number): number {
  return counts.slice(-buckets).reduce((sum, count) => sum + count, 0);
}

/** Less says nothing about a rate. Milliseconds. */
const LEAST_MS = 10_000;

/**
 * The rate per second in the last `buckets` that are full, over the time in which somebody counted: a relay that has just started has not
 * been idle before. Undefined where that is too short.
 */
export function rateOfLast(
  { from, step, counts }: Series,
  buckets: number,
  known: Known,
): number | undefined {
  const end = from + (counts.length - 1) * step;
  const start = Math.max(end - buckets * step, from, known.from);
  if (end - start < LEAST_MS) return undefined;
  const sum = counts
    .slice(0, -1)
    .slice(-buckets)
    .reduce((all, count) => all + count, 0);
  return sum / ((end - start) / 1000);
}

/** The sum of all. */
export function sumOf({ counts }: Series): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

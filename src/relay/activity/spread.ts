/** Estimates quantiles of times that are counted by upper bound. */
import type { Spread } from './activity.ts';

/** How many took more than `over` seconds and `le` at most; without `le`, `over` is the largest bound. */
export interface BoundedCount {
  readonly over: number;
  readonly le?: number | undefined;
  readonly count: number;
}

/**
 * The spread of the times, as Prometheus's `histogram_quantile` estimates it: evenly within each bound, and the largest bound for what is beyond
 * it. Processes of different versions may have different bounds.
 */
export function spreadOf(counts: readonly BoundedCount[]): Spread {
  const sorted = counts
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => (a.le ?? Number.POSITIVE_INFINITY) - (b.le ?? Number.POSITIVE_INFINITY));
  const merged: BoundedCount[] = [];
  for (const one of sorted) {
    const last = merged.at(-1);
    if (last && last.le === one.le && last.over === one.over)
      merged[merged.length - 1] = { ...last, count: last.count + one.count };
    else merged.push(one);
  }
  return { p50: quantile(merged, 0.5), p95: quantile(merged, 0.95) };
}

function quantile(sorted: readonly BoundedCount[], part: number): number | undefined {
  const rank = part * sorted.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { over, le, count } of sorted) {
    if (seen + count >= rank) return le === undefined ? over : over + ((le - over) * (rank - seen)) / count;
    seen += count;
  }
  return undefined;
}

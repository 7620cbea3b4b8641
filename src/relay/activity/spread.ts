/** Estimates quantiles of times that are counted by upper bound. */
import type { Spread } from './activity.ts';

/** How many took at most `le` seconds, and longer than the next smaller bound; without `le`, longer than any. */
export interface BoundedCount {
  readonly le?: number | undefined;
  readonly count: number;
}

/**
 * The spread of the times, as Prometheus's `histogram_quantile` estimates it: evenly within each bound, and the largest bound for what is beyond
 * it.
 */
export function spreadOf(counts: readonly BoundedCount[]): Spread {
  const sums = new Map<number, number>();
  for (const { le = Number.POSITIVE_INFINITY, count } of counts) sums.set(le, (sums.get(le) ?? 0) + count);
  const sorted = [...sums].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
}

function quantile(
  sorted: readonly (readonly [le: number, count: number])[],
  part: number,
): number | undefined {
  const rank = part * sorted.reduce((sum, [, count]) => sum + count, 0);
  if (rank === 0) return undefined;
  let [below, seen] = [0, 0];
  for (const [le, count] of sorted) {
    if (!Number.isFinite(le)) break;
    if (seen + count >= rank) return below + ((le - below) * (rank - seen)) / count;
    [below, seen] = [le, seen + count];
  }
  return below;
}

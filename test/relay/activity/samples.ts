/** Samples of metrics for the tests of activity, and what of several processes is expected. */

import type { ProcessFacts, Vitals } from '../../../src/relay/activity/recorder.ts';
import type { HistogramPoint, MetricFamily } from '../../../src/shared/metric-families.ts';

export const FACTS: ProcessFacts = {
  kind: 'process',
  host: 'one',
  version: '1.2.3',
  everyMs: 15_000,
  consumes: true,
};
export const VITALS: Vitals = { memoryBytes: 100, threads: 1, replies: new Map() };

/** A counter with its series, each a value and its labels. */
export function counter(
  name: string,
  ...series: readonly (readonly [value: number, labels: Readonly<Record<string, string>>])[]
): MetricFamily {
  return family('counter', name, series);
}

export function gauge(
  name: string,
  ...series: readonly (readonly [value: number, labels: Readonly<Record<string, string>>])[]
): MetricFamily {
  return family('gauge', name, series);
}

export function histogram(name: string, ...points: readonly HistogramPoint[]): MetricFamily {
  return { name: `xdr_relay_${name}`, help: '', kind: 'histogram', points };
}

function family(
  kind: 'counter' | 'gauge',
  name: string,
  series: readonly (readonly [value: number, labels: Readonly<Record<string, string>>])[],
): MetricFamily {
  const points = series.map(([value, labels]) => ({ value, labels }));
  return { name: `xdr_relay_${name}`, help: '', kind, points };
}

export const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

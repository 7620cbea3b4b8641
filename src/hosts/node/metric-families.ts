/** Turns the metrics of prom-client into plain data, for export. */
import type { HistogramPoint, MetricFamily, NumberPoint } from '../../shared/metric-families.ts';
import type { MetricsAsJson } from './metrics.ts';

/** All metrics with at least one series. Summaries are left out: there are none. */
export function metricFamilies(metrics: MetricsAsJson): readonly MetricFamily[] {
  return metrics.flatMap(({ name, help, type, values }): MetricFamily[] => {
    const kind = String(type);
    if (kind === 'histogram') return [{ name, help, kind, points: histogramPoints(name, values) }];
    if (kind !== 'counter' && kind !== 'gauge') return [];
    const points = values.map(({ labels, value }): NumberPoint => ({ labels: textsOf(labels), value }));
    return [{ name, help, kind, points }];
  });
}

type Values = MetricsAsJson[number]['values'];
type Mutable = { -readonly [Key in keyof HistogramPoint]: HistogramPoint[Key] };

/** prom-client tells a histogram as `_bucket` (counts up to each bound), `_sum` and `_count`, mixed over all series. */
function histogramPoints(name: string, values: Values): readonly HistogramPoint[] {
  const points = new Map<string, Mutable & { upTo: [bound: number, count: number][] }>();
  for (const series of values) {
    const { labels, value } = series;
    // The types leave it out; prom-client sets it for histograms.
    const metricName: unknown = Reflect.get(series, 'metricName');
    const { le, ...own } = textsOf(labels);
    const key = JSON.stringify(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)));
    const point = points.get(key) ?? { labels: own, count: 0, sum: 0, bounds: [], counts: [], upTo: [] };
    points.set(key, point);
    if (metricName === `${name}_sum`) point.sum = value;
    else if (metricName === `${name}_count`) point.count = value;
    else if (le !== undefined)
      point.upTo.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value]);
  }
  return [...points.values()].map(({ upTo, ...point }) => {
    const sorted = upTo.filter(([bound]) => Number.isFinite(bound)).sort(([a], [b]) => a - b);
    const cumulative = [...sorted.map(([, count]) => count), point.count];
    return {
      ...point,
      bounds: sorted.map(([bound]) => bound),
      counts: cumulative.map((count, index) => count - (cumulative[index - 1] ?? 0)),
    };
  });
}

function textsOf(labels: Values[number]['labels']): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}

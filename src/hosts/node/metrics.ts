/** Keeps metrics with prom-client, for Prometheus. */
import {
  type Aggregator,
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import {
  COUNTERS,
  type CounterName,
  GAUGES,
  type GaugeName,
  HISTOGRAMS,
  type HistogramName,
  LABEL_NAMES,
  type Labels,
  type Metrics,
} from '../../shared/metrics.ts';

export interface PrometheusMetrics extends Metrics {
  /** The text that `/metrics` answers with. */
  render(): Promise<string>;
  /** The same as data, to be merged with those of other threads. */
  asJson(): Promise<MetricsAsJson>;
  /** The media type of that text. */
  readonly contentType: string;
}

/** Metrics as prom-client gives them, with their values. */
export type MetricsAsJson = MetricObjectWithValues<MetricValue<string>>[];

/** How the gauges of several threads become one; counters and histograms are added up. */
const MERGED: Readonly<Record<GaugeName, Aggregator>> = {
  xdr_relay_lag_bytes: 'sum',
  xdr_relay_lag_seconds: 'max',
  xdr_relay_source_deleted_in_seconds: 'min',
  xdr_relay_breaker_open: 'max',
  xdr_relay_table_held: 'max',
  xdr_relay_clock_offset_seconds: 'max',
  xdr_relay_scanner_compiled: 'min',
  xdr_relay_tasks_running: 'sum',
  xdr_relay_followed_blobs: 'sum',
  xdr_relay_rules_refused: 'max',
  xdr_relay_rules_info: 'max',
};

/** Table names come from the rows: beyond this many, further ones count as `other`. */
const MAX_TABLES = 200;

const BUCKETS: Readonly<Record<HistogramName, number[]>> = {
  xdr_relay_send_seconds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  xdr_relay_task_seconds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
};

/**
 * Figures in Prometheus's format, in a registry of their own.
 *
 * @param process adds the process's own figures (memory, CPU, event loop) as `xdr_relay_process_*` and
 *   `xdr_relay_nodejs_*`.
 */
export function prometheusMetrics(options: { readonly process?: boolean } = {}): PrometheusMetrics {
  const registry = new Registry();
  const shared = { registers: [registry], labelNames: LABEL_NAMES };
  const counters = new Map<CounterName, Counter>();
  const gauges = new Map<GaugeName, Gauge>();
  const histograms = new Map<HistogramName, Histogram>();
  for (const [name, help] of typedEntries(COUNTERS)) {
    counters.set(name, new Counter({ ...shared, name, help }));
  }
  for (const [name, help] of typedEntries(GAUGES)) {
    gauges.set(name, new Gauge({ ...shared, name, help, aggregator: MERGED[name] }));
  }
  for (const [name, help] of typedEntries(HISTOGRAMS)) {
    histograms.set(name, new Histogram({ ...shared, name, help, buckets: BUCKETS[name] }));
  }
  if (options.process ?? true) collectDefaultMetrics({ register: registry, prefix: 'xdr_relay_' });

  const tables = new Set<string>();
  const bounded = (labels: Labels): Record<string, string> => {
    const { table } = labels;
    if (table === undefined || tables.has(table)) return labels;
    if (tables.size >= MAX_TABLES) return { ...labels, table: 'other' };
    tables.add(table);
    return labels;
  };
  return {
    count(name, labels = {}, by = 1) {
      counters.get(name)?.inc(bounded(labels), by);
    },
    gauge(name, value, labels = {}) {
      gauges.get(name)?.set(bounded(labels), value);
    },
    observe(name, seconds, labels = {}) {
      histograms.get(name)?.observe(bounded(labels), seconds);
    },
    render: () => registry.metrics(),
    asJson: () => registry.getMetricsAsJSON(),
    contentType: registry.contentType,
  };
}

/** The text of `/metrics` for several threads: each figure once. */
export function mergedMetrics(all: readonly MetricsAsJson[]): Promise<string> {
  return AggregatorRegistry.aggregate([...all]).metrics();
}

function typedEntries<Key extends string>(record: Readonly<Record<Key, string>>): [Key, string][] {
  return Object.entries(record) as [Key, string][];
}

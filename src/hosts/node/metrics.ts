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
import { tableLabel } from '../../relay/source/table.ts';
import {
  COUNTERS,
  type CounterName,
  GAUGES,
  type GaugeName,
  HISTOGRAM_BOUNDS,
  HISTOGRAMS,
  type HistogramName,
  LABEL_NAMES,
  type Labels,
  type Metrics,
  type Reading,
} from '../../shared/metrics.ts';

export interface PrometheusMetrics extends Metrics {
  /** All metrics as they are now, to be merged with those of other threads, rendered, or exported. */
  asJson(): Promise<MetricsAsJson>;
  /** The media type of that text. */
  readonly contentType: string;
}

/** Metrics as prom-client gives them, with their values. */
export type MetricsAsJson = MetricObjectWithValues<MetricValue<string>>[];

/** How the gauges of several threads become one; counters and histograms are added up. */
const MERGED: Readonly<Record<GaugeName, Aggregator>> = {
  xdr_relay_lag_bytes: 'sum',
  xdr_relay_oldest_undelivered_seconds: 'max',
  xdr_relay_queue_messages: 'max',
  xdr_relay_queue_visible_messages: 'max',
  xdr_relay_queue_oldest_message_seconds: 'max',
  xdr_relay_poison_messages: 'max',
  xdr_relay_dead_letters_present: 'max',
  xdr_relay_look_failed: 'max',
  xdr_relay_source_deleted_in_seconds: 'min',
  xdr_relay_table_silent_seconds: 'min',
  xdr_relay_table_silent: 'min',
  xdr_relay_alerts_pending: 'max',
  xdr_relay_alerts_overdue_seconds: 'max',
  xdr_relay_alert_groups: 'max',
  xdr_relay_operational_troubles: 'max',
  xdr_relay_messages_paused: 'max',
  xdr_relay_breaker_open: 'max',
  xdr_relay_destination_disabled: 'max',
  xdr_relay_table_held: 'max',
  xdr_relay_clock_offset_seconds: 'max',
  xdr_relay_scanner_compiled: 'min',
  xdr_relay_tasks_running: 'sum',
  xdr_relay_followed_blobs: 'sum',
  xdr_relay_exceptions_expired: 'max',
  xdr_relay_exceptions_ending: 'max',
  xdr_relay_list_entries: 'max',
  xdr_relay_list_age_seconds: 'max',
  xdr_relay_list_pull_failures: 'max',
  xdr_relay_lists_old: 'max',
  xdr_relay_rules_refused: 'max',
  xdr_relay_config_refused: 'max',
  xdr_relay_config_restart_needed: 'max',
  xdr_relay_build_info: 'max',
  xdr_relay_rules_info: 'max',
};

/** Table names come from the rows: beyond this many, further ones count as `other`. */
const MAX_TABLES = 200;

/** Counters without labels: they begin at 0, so that Prometheus sees their first increase. */
const WITHOUT_LABELS: readonly CounterName[] = [
  'xdr_relay_blobs_gone_total',
  'xdr_relay_blobs_replaced_total',
  'xdr_relay_claims_lost_total',
];

/** What prom-client tells of the event loop's delay between two scrapes. It would wake the process a hundred times a second. */
const EVENT_LOOP_DELAYS = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'];
/** How often the delay is sampled where nobody reads it. Milliseconds. */
const SELDOM_MS = 86_400_000;

/** The process's own figures. Of the event loop only the lag at the scrape: the samples in between cost more than all else of an idle process. */
function addProcessMetrics(register: Registry): void {
  const prefix = 'xdr_relay_';
  collectDefaultMetrics({ register, prefix, eventLoopMonitoringPrecision: SELDOM_MS });
  for (const name of EVENT_LOOP_DELAYS) {
    register.removeSingleMetric(`${prefix}nodejs_eventloop_lag_${name}_seconds`);
  }
}

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
  const readers = new Map<GaugeName, Set<() => Iterable<Reading>>>();
  for (const [name, help] of typedEntries(COUNTERS)) {
    counters.set(name, new Counter({ ...shared, name, help }));
  }
  for (const [name, help] of typedEntries(GAUGES)) {
    const gauge = new Gauge({
      ...shared,
      name,
      help,
      aggregator: MERGED[name],
      collect() {
        const own = readers.get(name);
        if (own === undefined || own.size === 0) return;
        gauge.reset();
        for (const read of own) {
          for (const { labels = {}, value } of read()) gauge.set(bounded(labels), value);
        }
      },
    });
    gauges.set(name, gauge);
  }
  for (const [name, help] of typedEntries(HISTOGRAMS)) {
    histograms.set(name, new Histogram({ ...shared, name, help, buckets: [...HISTOGRAM_BOUNDS[name]] }));
  }
  if (options.process ?? true) addProcessMetrics(registry);

  const tables = new Set<string>();
  const bounded = (labels: Labels): Record<string, string> => {
    if (labels.table === undefined) return labels;
    const table = tableLabel(labels.table);
    if (tables.has(table)) return { ...labels, table };
    if (tables.size >= MAX_TABLES) return { ...labels, table: 'other' };
    tables.add(table);
    return { ...labels, table };
  };
  for (const name of WITHOUT_LABELS) counters.get(name)?.inc(0);
  return {
    count(name, labels = {}, by = 1) {
      counters.get(name)?.inc(bounded(labels), by);
    },
    gauge(name, value, labels = {}) {
      const gauge = gauges.get(name);
      if (value === undefined) gauge?.remove(bounded(labels));
      else gauge?.set(bounded(labels), value);
    },
    gaugeFrom(name, read) {
      const own = readers.get(name) ?? new Set();
      readers.set(name, own.add(read));
      return () => {
        own.delete(read);
        gauges.get(name)?.reset();
      };
    },
    observe(name, value, labels = {}) {
      histograms.get(name)?.observe(bounded(labels), value);
    },
    asJson: () => registry.getMetricsAsJSON(),
    contentType: registry.contentType,
  };
}

/** The metrics of several threads as one: each figure once. */
export function mergedMetrics(all: readonly MetricsAsJson[]): Promise<MetricsAsJson> {
  return AggregatorRegistry.aggregate([...all]).getMetricsAsJSON();
}

/** The text that `/metrics` answers with. */
export function renderMetrics(metrics: MetricsAsJson): Promise<string> {
  return AggregatorRegistry.aggregate([metrics]).metrics();
}

/** What a thread counted, without its gauges: for a thread that does not answer, whose counters must not seem to fall. */
export function countedOnly(metrics: MetricsAsJson): MetricsAsJson {
  return metrics.filter(({ name, type }) => String(type) !== 'gauge' || !(name in GAUGES));
}

function typedEntries<Key extends string>(record: Readonly<Record<Key, string>>): [Key, string][] {
  return Object.entries(record) as [Key, string][];
}

/** Keeps metrics as plain numbers, for an isolate and for each of its invocations. */
import { tableLabel } from '../../relay/source/table.ts';
import type { MetricFamily } from '../../shared/metric-families.ts';
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

type Name = CounterName | GaugeName | HistogramName;

interface Series {
  readonly name: Name;
  /** As Prometheus writes them, and as they were given. */
  readonly labels: string;
  readonly given: Labels;
  value: number;
  writes: number;
  /** Of a histogram: how many lie in each bucket, the last without an upper bound. */
  buckets: readonly number[] | undefined;
}

/** Table names come from the rows: beyond this many series, further ones are not told apart. */
const MAX_SERIES = 4_000;
/** Those by table and column are many: no metric may leave no room for the others. */
const MAX_OF_ONE = 2_000;

/** Figures of one isolate or one invocation: plain numbers, so that they may outlive the invocation. */
export interface Figures extends Metrics {
  /** Adds another's counters and times, and takes over its gauges as they are now. */
  add(other: Figures): void;
  /** The gauges that are read when somebody looks. */
  readonly read: ReadonlySet<GaugeName>;
  /** Series of gauges, by name and labels, that were removed. */
  readonly gone: ReadonlySet<string>;
  series(): Iterable<Readonly<Series>>;
  /** The sum of a counter over all its labels. */
  sum(name: CounterName): number;
}

export function createFigures(): Figures {
  const all = new Map<string, Series>();
  const counts = new Map<Name, number>();
  const readers = new Map<GaugeName, Set<() => Iterable<Reading>>>();
  const gone = new Set<string>();
  const at = ({ name, labels, given }: Readonly<Series>): Series => {
    const key = name + labels;
    const found = all.get(key);
    if (found) return found;
    const made: Series = { name, labels, given, value: 0, writes: 0, buckets: undefined };
    const count = counts.get(name) ?? 0;
    if (all.size >= MAX_SERIES || count >= MAX_OF_ONE) return made;
    all.set(key, made);
    counts.set(name, count + 1);
    return made;
  };
  const remove = (key: string) => {
    const found = all.get(key);
    if (!found) return;
    all.delete(key);
    counts.set(found.name, (counts.get(found.name) ?? 1) - 1);
  };
  const write = (written: Readonly<Series>) => {
    const { name, value, writes } = written;
    const series = at(written);
    series.value = name in GAUGES ? value : series.value + value;
    series.writes += writes;
    series.buckets = summed(series.buckets, written.buckets);
  };
  const one = (name: Name, value: number, labels: Labels | undefined): Series => {
    const given = canonical(labels);
    const bounds = isHistogram(name) ? HISTOGRAM_BOUNDS[name] : undefined;
    return { name, labels: text(given), given, value, writes: 1, buckets: bounds && inBucket(bounds, value) };
  };
  const writeOne = (name: Name, value: number, labels: Labels | undefined) => write(one(name, value, labels));
  return {
    count: (name, labels, by = 1) => writeOne(name, by, labels),
    gauge(name, value, labels) {
      if (value !== undefined) {
        gone.delete(name + text(canonical(labels)));
        return writeOne(name, value, labels);
      }
      const key = name + text(canonical(labels));
      remove(key);
      if (gone.size < MAX_SERIES) gone.add(key);
    },
    gaugeFrom(name, read) {
      const own = readers.get(name) ?? new Set();
      readers.set(name, own.add(read));
      return () => void own.delete(read);
    },
    observe: writeOne,
    add(other) {
      for (const [key, { name }] of all) if (isRead(other.read, name) || other.gone.has(key)) remove(key);
      for (const series of other.series()) write(series);
    },
    get read() {
      return new Set([...readers].flatMap(([name, own]) => (own.size > 0 ? [name] : [])));
    },
    gone,
    *series() {
      yield* all.values();
      for (const [name, own] of readers) {
        for (const read of own) {
          for (const { value, labels } of read()) yield one(name, value, labels);
        }
      }
    },
    sum(name) {
      let total = 0;
      for (const series of all.values()) if (series.name === name) total += series.value;
      return total;
    },
  };
}

const isRead = (read: ReadonlySet<GaugeName>, name: Name) => read.has(name as GaugeName);

const isHistogram = (name: Name): name is HistogramName => Object.hasOwn(HISTOGRAMS, name);

/** One value, by bucket. */
function inBucket(bounds: readonly number[], value: number): readonly number[] {
  const found = bounds.findIndex((bound) => value <= bound);
  const index = found < 0 ? bounds.length : found;
  return Array.from({ length: bounds.length + 1 }, (_, at) => (at === index ? 1 : 0));
}

function summed(
  one: readonly number[] | undefined,
  other: readonly number[] | undefined,
): readonly number[] | undefined {
  return one && other ? one.map((count, index) => count + (other[index] ?? 0)) : (one ?? other);
}

export const FIGURES_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** In Prometheus's text format. */
export function renderFigures(figures: Figures): string {
  const lines: string[] = [];
  const kinds = [
    [COUNTERS, 'counter'],
    [GAUGES, 'gauge'],
    [HISTOGRAMS, 'histogram'],
  ] as const;
  const byName = seriesByName(figures);
  for (const [names, kind] of kinds) {
    for (const [name, help] of Object.entries(names)) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`);
      for (const series of byName.get(name) ?? []) {
        const { labels, value, writes } = series;
        if (kind === 'histogram')
          lines.push(
            ...bucketLines(series),
            `${name}_sum${labels} ${value}`,
            `${name}_count${labels} ${writes}`,
          );
        else lines.push(`${name}${labels} ${value === Number.POSITIVE_INFINITY ? '+Inf' : value}`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

/** How many values were at most each bound. */
function bucketLines({ name, labels, buckets = [] }: Readonly<Series>): readonly string[] {
  if (!isHistogram(name)) return [];
  const bounds = HISTOGRAM_BOUNDS[name];
  let upTo = 0;
  return buckets.map((count, index) => {
    upTo += count;
    const le = `le="${bounds[index] ?? '+Inf'}"`;
    return `${name}_bucket${labels === '' ? `{${le}}` : `${labels.slice(0, -1)},${le}}`} ${upTo}`;
  });
}

/** The labels with the one spelling of their table. */
function canonical(labels: Labels = {}): Labels {
  return labels.table === undefined ? labels : { ...labels, table: tableLabel(labels.table) };
}

/** All metrics that have a series, for export and for what the console shows. */
export function figureFamilies(figures: Figures): readonly MetricFamily[] {
  const byName = seriesByName(figures);
  const numbers = (names: Readonly<Record<string, string>>, kind: 'counter' | 'gauge') =>
    Object.entries(names).map(([name, help]): MetricFamily => {
      const points = (byName.get(name) ?? []).map(({ given, value }) => ({ labels: textsIn(given), value }));
      return { name, help, kind, points };
    });
  const histograms = Object.entries(HISTOGRAMS).map(([name, help]): MetricFamily => {
    const points = (byName.get(name) ?? []).map((series) => ({
      labels: textsIn(series.given),
      count: series.writes,
      sum: series.value,
      bounds: isHistogram(series.name) ? HISTOGRAM_BOUNDS[series.name] : [],
      counts: series.buckets ?? [],
    }));
    return { name, help, kind: 'histogram', points };
  });
  return [...numbers(COUNTERS, 'counter'), ...numbers(GAUGES, 'gauge'), ...histograms].filter(
    ({ points }) => points.length > 0,
  );
}

function textsIn(labels: Labels): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function seriesByName(figures: Figures): ReadonlyMap<string, Readonly<Series>[]> {
  const byName = new Map<string, Readonly<Series>[]>();
  for (const series of figures.series()) {
    const known = byName.get(series.name);
    if (known) known.push(series);
    else byName.set(series.name, [series]);
  }
  return byName;
}

/** `{destination="splunk",table="DeviceEvents"}`. */
function text(labels: Labels): string {
  const parts: string[] = [];
  for (const name of LABEL_NAMES) {
    const value = labels[name];
    if (value !== undefined) parts.push(`${name}="${escaped(value)}"`);
  }
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escaped(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))
    : value;
}

/** Keeps metrics as plain numbers, for an isolate and for each of its invocations. */
import { tableLabel } from '../../relay/source/table.ts';
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
  type Reading,
} from '../../shared/metrics.ts';

type Name = CounterName | GaugeName | HistogramName;

interface Series {
  readonly name: Name;
  readonly labels: string;
  value: number;
  writes: number;
}

/** Table names come from the rows: beyond this many series, further ones are not told apart. */
const MAX_SERIES = 4_000;

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
  const readers = new Map<GaugeName, Set<() => Iterable<Reading>>>();
  const gone = new Set<string>();
  const at = (name: Name, labels: string): Series => {
    const key = name + labels;
    const found = all.get(key);
    if (found) return found;
    const made: Series = { name, labels, value: 0, writes: 0 };
    if (all.size < MAX_SERIES) all.set(key, made);
    return made;
  };
  const write = ({ name, labels, value, writes }: Readonly<Series>) => {
    const series = at(name, labels);
    series.value = name in GAUGES ? value : series.value + value;
    series.writes += writes;
  };
  const writeOne = (name: Name, value: number, labels: Labels | undefined) =>
    write({ name, labels: text(labels), value, writes: 1 });
  return {
    count: (name, labels, by = 1) => writeOne(name, by, labels),
    gauge(name, value, labels) {
      if (value !== undefined) {
        gone.delete(name + text(labels));
        return writeOne(name, value, labels);
      }
      const key = name + text(labels);
      all.delete(key);
      if (gone.size < MAX_SERIES) gone.add(key);
    },
    gaugeFrom(name, read) {
      const own = readers.get(name) ?? new Set();
      readers.set(name, own.add(read));
      return () => void own.delete(read);
    },
    observe: writeOne,
    add(other) {
      for (const [key, { name }] of all) if (isRead(other.read, name) || other.gone.has(key)) all.delete(key);
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
          for (const { value, labels } of read()) yield { name, labels: text(labels), value, writes: 1 };
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

export const FIGURES_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** In Prometheus's text format; times as summaries without quantiles. */
export function renderFigures(figures: Figures): string {
  const lines: string[] = [];
  const kinds = [
    [COUNTERS, 'counter'],
    [GAUGES, 'gauge'],
    [HISTOGRAMS, 'summary'],
  ] as const;
  const byName = new Map<string, Readonly<Series>[]>();
  for (const series of figures.series()) {
    byName.set(series.name, [...(byName.get(series.name) ?? []), series]);
  }
  for (const [names, kind] of kinds) {
    for (const [name, help] of Object.entries(names)) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`);
      for (const { labels, value, writes } of byName.get(name) ?? []) {
        if (kind === 'summary')
          lines.push(`${name}_sum${labels} ${value}`, `${name}_count${labels} ${writes}`);
        else lines.push(`${name}${labels} ${value === Number.POSITIVE_INFINITY ? '+Inf' : value}`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

/** `{destination="splunk",table="DeviceEvents"}`. */
function text(labels: Labels | undefined): string {
  if (!labels) return '';
  const parts: string[] = [];
  for (const name of LABEL_NAMES) {
    const value = name === 'table' && labels.table !== undefined ? tableLabel(labels.table) : labels[name];
    if (value !== undefined) parts.push(`${name}="${escaped(value)}"`);
  }
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escaped(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))
    : value;
}

/** Metrics that tests can read back. */
import type {
  CounterName,
  GaugeName,
  HistogramName,
  Labels,
  Metrics,
  Reading,
} from '../src/shared/metrics.ts';

/** One series: a name with its labels. */
export interface Series {
  readonly labels: Labels;
  /** A counter's sum, a gauge's last value, a histogram's sum. */
  readonly value: number;
  /** How often the series was written. */
  readonly writes: number;
}

/** Reads metrics from memory. Labels select every series that has them. */
export interface Readings {
  /** The sum over the selected series of a counter. */
  counter(name: CounterName, labels?: Labels): number;
  /** The sum over the selected series of a gauge; undefined if none was ever set. */
  gaugeValue(name: GaugeName, labels?: Labels): number | undefined;
  /** The number of observed values, and their sum. */
  histogram(name: HistogramName, labels?: Labels): { readonly count: number; readonly sum: number };
  series(name: CounterName | GaugeName | HistogramName, labels?: Labels): readonly Series[];
}

interface Cell {
  readonly labels: Labels;
  value: number;
  writes: number;
}

/** Makes metrics that can be read back. */
export function recordingMetrics(): Metrics & Readings {
  const all = new Map<string, Map<string, Cell>>();
  const cell = (name: string, labels: Labels): Cell => {
    const cells = all.get(name) ?? new Map<string, Cell>();
    all.set(name, cells);
    const key = keyOf(labels);
    const found = cells.get(key) ?? { labels: { ...labels }, value: 0, writes: 0 };
    cells.set(key, found);
    found.writes += 1;
    return found;
  };
  const readers = new Map<string, Set<() => Iterable<Reading>>>();
  const read = (name: string): Cell[] =>
    [...(readers.get(name) ?? [])].flatMap((reader) =>
      [...reader()].map(({ value, labels = {} }) => ({ labels, value, writes: 1 })),
    );
  const select = (name: string, labels: Labels): Cell[] => {
    const wanted = Object.entries(labels);
    return [...(all.get(name)?.values() ?? []), ...read(name)].filter((one) =>
      wanted.every(([label, value]) => Reflect.get(one.labels, label) === value),
    );
  };
  const sum = (cells: readonly Cell[]) => cells.reduce((total, { value }) => total + value, 0);
  return {
    count(name, labels = {}, by = 1) {
      cell(name, labels).value += by;
    },
    gauge(name, value, labels = {}) {
      const set = cell(name, labels);
      if (value === undefined) all.get(name)?.delete(keyOf(labels));
      else set.value = value;
    },
    gaugeFrom(name, reader) {
      const known = readers.get(name) ?? new Set();
      readers.set(name, known.add(reader));
      return () => void known.delete(reader);
    },
    observe(name, seconds, labels = {}) {
      cell(name, labels).value += seconds;
    },
    counter: (name, labels = {}) => sum(select(name, labels)),
    gaugeValue(name, labels = {}) {
      const cells = select(name, labels);
      return cells.length === 0 ? undefined : sum(cells);
    },
    histogram(name, labels = {}) {
      const cells = select(name, labels);
      return { count: cells.reduce((total, { writes }) => total + writes, 0), sum: sum(cells) };
    },
    series: (name, labels = {}) => select(name, labels).map((one) => ({ ...one })),
  };
}

const keyOf = (labels: Labels) => JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Makes metrics that write every figure to all targets. */
export function teeMetrics(...targets: readonly Metrics[]): Metrics {
  return {
    count(name, labels, by) {
      for (const target of targets) target.count(name, labels, by);
    },
    gauge(name, value, labels) {
      for (const target of targets) target.gauge(name, value, labels);
    },
    gaugeFrom(name, read) {
      const ends = targets.map((target) => target.gaugeFrom(name, read));
      return () => {
        for (const end of ends) end();
      };
    },
    observe(name, seconds, labels) {
      for (const target of targets) target.observe(name, seconds, labels);
    },
  };
}

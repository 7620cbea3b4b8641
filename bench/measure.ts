/** What a bench finds: a line of the table, and the costs that it is made from. */

/** One line of the table. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** How it compares with something of the same run. */
  readonly ratio?: Ratio;
  /** What it should reach. */
  readonly goal?: Goal;
  /** What a reader must know to read it. */
  readonly note?: string;
}

export const UNITS = [
  'rows/CPU-s',
  'rows/s',
  'CPU-ms',
  'CPU-s/h',
  's',
  'ms',
  'operations',
  'operations/h',
  'operations/s',
  'operations/day',
  'USD/month',
  'USD/day',
  '%',
  'MB',
  'x',
] as const;
export type Unit = (typeof UNITS)[number];

export interface Ratio {
  readonly times: number;
  /** What it is compared with: `JSON.parse`. */
  readonly of: string;
}

export interface Goal {
  readonly value: number;
  /** Whether a good value is above or below it. */
  readonly is: 'at least' | 'at most';
}

/** What a piece of work cost the process that did it. */
export interface Cost {
  readonly rows: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** The most memory that it held at once; absent where that says nothing. */
  readonly peakBytes?: number;
}

/** Whether a measure is as good as it should be; undefined where there is no goal. */
export function meetsGoal({ value, goal }: Measure): boolean | undefined {
  if (!goal) return undefined;
  return goal.is === 'at least' ? value >= goal.value : value <= goal.value;
}

/** The middle value; the mean of the two in the middle where their number is even. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (upper + lower) / 2;
}

/** The value below which a share of them lies (0.99: all but the highest hundredth). NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Processor time for a row. */
export function perRow({ cpuSeconds, rows }: Cost): number {
  return cpuSeconds / rows;
}

/** How the rounds of one piece of work compare with those of another, round by round; the middle of them. */
export function timesOf(costs: readonly Cost[], others: readonly Cost[]): number {
  const pairs = costs.slice(0, others.length);
  return median(pairs.map((cost, round) => perRow(cost) / perRow(others[round] ?? cost)));
}

/** Rows per CPU-second over the rounds, beside another piece of work that took turns with it. */
export function rate(
  name: string,
  costs: readonly Cost[],
  beside?: { readonly of: string; readonly costs: readonly Cost[] },
  more: Pick<Measure, 'goal' | 'note'> = {},
): Measure {
  return {
    name,
    value: median(costs.map((cost) => 1 / perRow(cost))),
    unit: 'rows/CPU-s',
    ...(beside && { ratio: { times: timesOf(costs, beside.costs), of: beside.of } }),
    ...more,
  };
}

/** Metrics as data, as they are at one moment: for exporters. */

export interface NumberPoint {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface HistogramPoint {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
  /** The upper bounds of the buckets, ascending, without the infinite one; empty where times were only added up. */
  readonly bounds: readonly number[];
  /** How many lie in each bucket, one more than there are bounds; empty where there are no bounds. */
  readonly counts: readonly number[];
}

interface FamilyHead {
  readonly name: string;
  readonly help: string;
}

/** All series of one metric. */
export type MetricFamily =
  | (FamilyHead & { readonly kind: 'counter' | 'gauge'; readonly points: readonly NumberPoint[] })
  | (FamilyHead & { readonly kind: 'histogram'; readonly points: readonly HistogramPoint[] });

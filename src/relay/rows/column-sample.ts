/** Measures the columns of a sample of rows, for the metrics: what each column costs, and what nothing reads. */
import { columnSpans } from '../../blobs/rows/column-spans.ts';
import type { RawRow } from '../../blobs/rows/raw-row.ts';
import type { TableUse } from '../../rules/columns/use.ts';
import type { RuleSet } from '../../rules/ruleset.ts';
import type { Row } from '../../shared/event.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { isPlumbing } from '../../shared/plumbing.ts';

/** Under which name tables and columns are counted that the schema does not have: rows must not make up series. */
const OTHER = 'other';
const ALL = 2 ** 32;

export interface ColumnSampleOptions {
  readonly metrics: Metrics;
  /** Which part of the rows is measured, from 0 to 1. */
  readonly rate: number;
  readonly rules: Pick<RuleSet, 'columnsOf'>;
  /** The path of the blob that the rows are in. */
  readonly blob: string;
}

/** Measures rows of one blob. */
export interface ColumnSample {
  /** Measures the row if it is in the sample. */
  observe(raw: RawRow, row: Row): void;
}

/**
 * The sample of the rows of one blob; undefined where nothing is measured. Whether a row is in it depends on its place alone, so that
 * every consumer decides alike, and reading a blob in many small pieces measures as many rows as reading it at once.
 */
export function columnSample({ metrics, rate, rules, blob }: ColumnSampleOptions): ColumnSample | undefined {
  const { columnsOf } = rules;
  if (rate <= 0 || columnsOf === undefined) return undefined;
  const seed = hashOfText(blob);
  const limit = rate * ALL;
  const weight = 1 / rate;
  return {
    observe(raw, row) {
      if (hashOfPlace(seed, raw.offset) < limit)
        measure(raw, row, { metrics, weight, use: columnsOf(row.table) });
    },
  };
}

interface Measuring {
  readonly metrics: Metrics;
  /** For how many rows a measured one stands. */
  readonly weight: number;
  readonly use: TableUse;
}

function measure(raw: RawRow, row: Row, { metrics, weight, use }: Measuring): void {
  const table = use.isKnown ? use.table : OTHER;
  let [unread, unknown, others] = [0, 0, 0];
  columnSpans(raw, row).each((column, from, _, to) => {
    if (isPlumbing(column)) return;
    const bytes = to - from;
    if (use.columns.has(column))
      metrics.count('xdr_relay_column_bytes_total', { table, column }, bytes * weight);
    else {
      others += bytes;
      unknown += 1;
    }
    if (!use.isRead(column) && !use.isRemoved(column)) unread += bytes;
  });
  if (others > 0) metrics.count('xdr_relay_column_bytes_total', { table, column: OTHER }, others * weight);
  if (unread > 0) metrics.count('xdr_relay_column_unread_bytes_total', { table }, unread * weight);
  if (unknown > 0 && use.isKnown)
    metrics.count('xdr_relay_columns_unknown_total', { table }, unknown * weight);
}

function hashOfText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** Unsigned, 32 bits; mixed as MurmurHash3 ends. */
function hashOfPlace(seed: number, offset: number): number {
  let hash = seed ^ (offset | 0) ^ Math.imul(Math.floor(offset / ALL), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Writes what `columns` found as JSON and as CSV. */
import type { ColumnReport, TableReport } from '../../../rules/columns/report.ts';
import { visible } from '../../text.ts';
import type { Measured } from './measured.ts';
import { withNames } from './readers.ts';

export interface ShownColumns {
  /** How many columns of each table; undefined: all. */
  readonly top: number | undefined;
  /** Whether to show values of columns that the schema does not have. */
  readonly examples: boolean;
}

/** Characters that JSON does not escape, and that control a terminal or turn text around. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One JSON object. */
export function asJson(measured: Measured, shown: ShownColumns): string {
  const { rows, days, unreadable, tables, absent } = measured;
  const data = {
    rows,
    days,
    unreadable: Object.fromEntries(unreadable),
    tables: tables.map((table) => tableAsJson(table, shown)),
    tables_without_rows: absent,
  };
  return JSON.stringify(data, undefined, 2).replace(
    UNSAFE_IN_JSON,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function tableAsJson(table: TableReport, { top, examples }: ShownColumns) {
  const { saving, missed } = table;
  return {
    table: table.table,
    in_schema: table.isKnown,
    rows: table.rows,
    sent_rows: table.sentRows,
    bytes: table.bytes,
    sent_bytes: table.sentBytes,
    framing_bytes: table.framing,
    keywords: table.everything,
    columns: table.columns.slice(0, top).map((column) => ({
      column: column.name,
      state: column.state,
      bytes: column.bytes,
      sent_bytes: column.sentBytes,
      share: shareOf(column.bytes, table.bytes),
      rows: column.rows,
      empty: column.empty,
      distinct: column.distinct.count,
      distinct_is_exact: column.distinct.isExact,
      types: column.types,
      in_schema: column.isKnown,
      readers: column.readers,
      ...(column.isKnown === false && { example_bytes: column.exampleBytes }),
      ...(column.isKnown === false && examples && { example: column.example }),
    })),
    missed: missed.map(({ column, readers, isAlwaysEmpty }) => ({
      column,
      always_empty: isAlwaysEmpty,
      readers,
    })),
    saving: saving && {
      columns: saving.columns,
      bytes: saving.bytes,
      share: saving.share,
      bytes_per_day: saving.bytesPerDay,
      yaml: saving.yaml,
    },
  };
}

export function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

const HEAD = [
  'table',
  'column',
  'state',
  'bytes',
  'sent_bytes',
  'share',
  'rows',
  'empty',
  'distinct',
  'types',
  'in_schema',
  'readers',
  'example_bytes',
] as const;

/** One line a column (RFC 4180, with LF). */
export function asCsv({ tables }: Measured, { top, examples }: ShownColumns): string {
  const lines = tables.flatMap((table) =>
    table.columns.slice(0, top).map((column) => cellsOf(table, column, examples)),
  );
  const head = examples ? [...HEAD, 'example'] : HEAD;
  return [head, ...lines].map((cells) => cells.map(cell).join(',')).join('\n');
}

function cellsOf(table: TableReport, column: ColumnReport, examples: boolean): readonly (string | number)[] {
  const isUnknown = column.isKnown === false;
  return [
    table.table,
    column.name,
    column.state,
    column.bytes,
    column.sentBytes,
    shareOf(column.bytes, table.bytes).toFixed(4),
    column.rows,
    column.empty,
    column.distinct.count,
    column.types.join(' '),
    column.isKnown === undefined ? '' : String(column.isKnown),
    withNames(column.readers),
    isUnknown ? (column.exampleBytes ?? '') : '',
    ...(examples ? [isUnknown ? (column.example ?? '') : ''] : []),
  ];
}

/** Names come out of rows: no spreadsheet is to take one for a formula. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = visible(value).replaceAll('\t', ' ');
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

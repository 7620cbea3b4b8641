/** Counts what the columns of rows hold: bytes, empty values, distinct values, types. Its memory is bounded, whatever rows hold. */
import type { ColumnSpans } from '../../shared/column-spans.ts';
import { Distinct, type DistinctCount, hashOfBytes } from './distinct.ts';

/** Tables, and columns of a table that its schema does not have, that are counted one by one: names come out of rows. */
export const MOST_TABLES = 1_000;
export const MOST_COLUMNS = 2_000;
/** Longer names are counted together. UTF-16 units. */
const LONGEST_NAME = 256;
/** Of a value that is kept as an example. Bytes. */
const EXAMPLE = 120;
/** Under which name the columns stand together that are too many, or whose names are too long. No column has an empty name. */
export const OTHERS = '';

export const JSON_TYPES = ['string', 'number', 'boolean', 'object', 'array', 'null'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** What was counted of one column. */
export interface ColumnCounts {
  readonly name: string;
  /** The rows that have it. */
  readonly rows: number;
  /** Of these, the rows where it is null, or an empty text, list or object. */
  readonly empty: number;
  /** Names and values with what stands between them, as in the rows. */
  readonly bytes: number;
  /** Of these, the bytes in rows that are sent somewhere. */
  readonly sentBytes: number;
  /** Of values that are not empty, as they are written. */
  readonly distinct: DistinctCount;
  readonly types: readonly JsonType[];
  /** The length of the first value that is not empty, in bytes; undefined while there is none. */
  readonly exampleBytes: number | undefined;
  /** The beginning of that value, as JSON text. */
  readonly example: string | undefined;
}

/** What was counted of one table. */
export interface TableCounts {
  readonly table: string;
  readonly rows: number;
  /** The rows that are sent to at least one destination. */
  readonly sentRows: number;
  /** Of the objects `properties`. */
  readonly bytes: number;
  readonly sentBytes: number;
  /** Braces, commas and space around the columns. */
  readonly framing: number;
  /** In the order in which they were seen. */
  readonly columns: readonly ColumnCounts[];
}

interface Column {
  rows: number;
  empty: number;
  bytes: number;
  sentBytes: number;
  types: number;
  exampleBytes: number | undefined;
  example: string | undefined;
  readonly distinct: Distinct;
  /** The number of the row that had it last, and whether it was empty there: a name may stand in a row twice. */
  lastRow: number;
  wasEmpty: boolean;
}

interface Table {
  rows: number;
  sentRows: number;
  bytes: number;
  sentBytes: number;
  inColumns: number;
  /** Columns that the schema does not have. */
  madeUp: number;
  readonly columns: Map<string, Column>;
}

/** Counts rows by table and column. */
export class ColumnTally {
  readonly #tables = new Map<string, Table>();
  readonly #isKnown: (table: string, column: string) => boolean;

  /** @param isKnown whether the schema has the column: it is counted by itself, however many others rows have made up. */
  constructor(isKnown: (table: string, column: string) => boolean) {
    this.#isKnown = isKnown;
  }

  /** Counts a row. @param isSent whether it is sent to at least one destination. */
  add(table: string, spans: ColumnSpans, isSent: boolean): void {
    const counts = this.#table(table);
    const { page, from, to } = spans;
    counts.rows += 1;
    counts.bytes += to - from;
    if (isSent) {
      counts.sentRows += 1;
      counts.sentBytes += to - from;
    }
    spans.each((name, start, valueFrom, end) => {
      counts.inColumns += end - start;
      const column = columnIn(counts, name, (unknown) => this.#isKnown(table, unknown));
      column.bytes += end - start;
      if (isSent) column.sentBytes += end - start;
      const type = typeAt(page, valueFrom);
      column.types |= 1 << JSON_TYPES.indexOf(type);
      const isEmpty = type === 'null' || isEmptyAt(page, valueFrom, end);
      addRow(column, counts.rows, isEmpty);
      if (!isEmpty) addValue(column, page, valueFrom, end);
    });
  }

  /** In the order in which they were seen. */
  tables(): readonly TableCounts[] {
    return [...this.#tables].map(([table, { columns, inColumns, madeUp: _, ...counts }]) => ({
      table,
      ...counts,
      framing: counts.bytes - inColumns,
      columns: [...columns].map(([name, column]) => countsOf(name, column)),
    }));
  }

  #table(name: string): Table {
    const key = this.#tables.has(name) || this.#tables.size < MOST_TABLES ? name : OTHERS;
    const known = this.#tables.get(key);
    if (known) return known;
    const made = {
      rows: 0,
      sentRows: 0,
      bytes: 0,
      sentBytes: 0,
      inColumns: 0,
      madeUp: 0,
      columns: new Map(),
    };
    this.#tables.set(key, made);
    return made;
  }
}

function columnIn(table: Table, name: string, isKnown: (name: string) => boolean): Column {
  const { columns } = table;
  const counted = columns.get(name);
  if (counted) return counted;
  const isMadeUp = name.length > LONGEST_NAME || !isKnown(name);
  const isTooMany = name.length > LONGEST_NAME || (isMadeUp && table.madeUp >= MOST_COLUMNS);
  const key = isTooMany ? OTHERS : name;
  const others = columns.get(key);
  if (others) return others;
  if (isMadeUp) table.madeUp += 1;
  const made: Column = {
    rows: 0,
    empty: 0,
    bytes: 0,
    sentBytes: 0,
    types: 0,
    exampleBytes: undefined,
    example: undefined,
    distinct: new Distinct(),
    lastRow: 0,
    wasEmpty: false,
  };
  columns.set(key, made);
  return made;
}

/** As JSON.parse reads a name that stands in a row twice, its last value counts. */
function addRow(column: Column, row: number, isEmpty: boolean): void {
  if (column.lastRow !== row) {
    column.rows += 1;
    if (isEmpty) column.empty += 1;
  } else if (column.wasEmpty !== isEmpty) column.empty += isEmpty ? 1 : -1;
  column.lastRow = row;
  column.wasEmpty = isEmpty;
}

function addValue(column: Column, page: Uint8Array, from: number, to: number): void {
  column.distinct.add(hashOfBytes(page, from, to));
  if (column.exampleBytes !== undefined) return;
  column.exampleBytes = to - from;
  column.example = new TextDecoder().decode(page.subarray(from, Math.min(to, from + EXAMPLE)));
}

const TYPE_BY_BYTE: Readonly<Record<number, JsonType>> = {
  34: 'string',
  91: 'array',
  123: 'object',
  116: 'boolean',
  102: 'boolean',
  110: 'null',
};

function typeAt(page: Uint8Array, at: number): JsonType {
  return TYPE_BY_BYTE[page[at] ?? 0] ?? 'number';
}

/** Whether nothing but space stands between the quotes' or brackets' places: `""`, `[]`, `{ }`. */
function isEmptyAt(page: Uint8Array, from: number, to: number): boolean {
  const first = page[from];
  if (first === 34) return to - from === 2;
  if (first !== 91 && first !== 123) return false;
  for (let at = from + 1; at < to - 1; at++) if ((page[at] ?? 0) > 0x20) return false;
  return true;
}

function countsOf(name: string, column: Column): ColumnCounts {
  const { rows, empty, bytes, sentBytes, types, distinct, exampleBytes, example } = column;
  return {
    name,
    rows,
    empty,
    bytes,
    sentBytes,
    distinct: distinct.count,
    types: JSON_TYPES.filter((_, index) => types & (1 << index)),
    exampleBytes,
    example,
  };
}

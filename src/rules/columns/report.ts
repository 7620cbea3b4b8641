/** Says of each table what its columns cost and what reads them, and which step would save the rest. */
import { isPlumbing } from '../../shared/plumbing.ts';
import type { Program } from '../program.ts';
import { type ReadBy, tableUse } from './reads.ts';
import { type ColumnCounts, OTHERS, type TableCounts } from './tally.ts';
import type { Readers, TableUse } from './use.ts';

/**
 * `read`: something reads it. `unread`: destinations get it, and nothing else looks at it. `removed`: a step removes it from every row.
 * `internal`: Microsoft's plumbing, which no destination gets.
 */
export type ColumnState = 'read' | 'unread' | 'removed' | 'internal';

export interface ColumnReport extends ColumnCounts {
  readonly state: ColumnState;
  /** Whether the schema has it. Undefined for tables that the schema does not have. */
  readonly isKnown: boolean | undefined;
  /** What reads it by name or pattern; what searches every column is the table's `everything`. */
  readonly readers: readonly Readers[];
}

/** A column that rules name and that rows do not have, or only without a value. */
export interface MissedColumn {
  readonly column: string;
  readonly readers: readonly Readers[];
  /** Whether rows have it, always without a value. */
  readonly isAlwaysEmpty: boolean;
}

/** What a step `remove` would save. */
export interface Saving {
  /** The columns that it would name, the largest first. */
  readonly columns: readonly string[];
  /** Of rows that are sent. */
  readonly bytes: number;
  /** Of the bytes of rows that are sent, from 0 to 1. */
  readonly share: number;
  /** Undefined where the rows do not say over which time they came. */
  readonly bytesPerDay: number | undefined;
  /** The step, to be put at the end of `transform`, as YAML. */
  readonly yaml: string;
}

export interface TableReport extends Omit<TableCounts, 'columns'> {
  readonly isKnown: boolean;
  /** What searches every column, so that none is unread. */
  readonly everything: readonly Readers[];
  /** The largest first. */
  readonly columns: readonly ColumnReport[];
  readonly missed: readonly MissedColumn[];
  /** Undefined where there is nothing to save. */
  readonly saving: Saving | undefined;
}

export interface ColumnsReport {
  /** The largest first. */
  readonly tables: readonly TableReport[];
  /** Tables with filters or detections of which no row was there. */
  readonly absent: readonly string[];
}

export interface ReportOptions {
  /** The days over which the rows came; undefined if that is not known. */
  readonly days: number | undefined;
  /** Whether columns that only keywords search count as unread: rules see rows as Defender wrote them, whatever steps remove. */
  readonly ignoresKeywords: boolean;
}

/** Reports on counted rows. */
export function reportColumns(
  counted: readonly TableCounts[],
  of: ReadBy,
  options: ReportOptions,
): ColumnsReport {
  const tables = counted.map((counts) => tableReport(counts, tableUse(of, counts.table), options));
  const there = new Set(counted.map(({ table }) => table.toLowerCase()));
  return {
    tables: tables.toSorted((a, b) => b.bytes - a.bytes),
    absent: namesIn(of.program).filter((name) => !there.has(name.toLowerCase())),
  };
}

function namesIn({ tables }: Program): readonly string[] {
  const meant = [...tables.values()].filter(
    ({ filters, detections }) => filters.length + detections.length > 0,
  );
  return meant.map(({ table }) => table).sort();
}

function tableReport(counts: TableCounts, use: TableUse, options: ReportOptions): TableReport {
  const columns = counts.columns
    .map((column) => columnReport(column, use, options))
    .toSorted((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  return {
    ...counts,
    columns,
    isKnown: use.isKnown,
    everything: use.everything,
    missed: missedIn(use, columns),
    saving: savingIn(counts, columns, options.days),
  };
}

function columnReport(column: ColumnCounts, use: TableUse, options: ReportOptions): ColumnReport {
  const { name } = column;
  return {
    ...column,
    state: stateOf(name, use, options),
    isKnown: use.isKnown ? use.columns.has(name) : undefined,
    readers: name === OTHERS ? [] : use.readersOf(name),
  };
}

function stateOf(name: string, use: TableUse, { ignoresKeywords }: ReportOptions): ColumnState {
  // Among them may be columns that rules read: nothing can be said of all of them.
  if (name === OTHERS) return 'read';
  if (isPlumbing(name)) return 'internal';
  if (use.isRemoved(name)) return 'removed';
  const isRead = ignoresKeywords ? use.readersOf(name).length > 0 : use.isRead(name);
  return isRead ? 'read' : 'unread';
}

/** Readers that a person wrote for this table: that a row has no column which alerts could name besides says nothing. */
const WRITTEN: ReadonlySet<Readers['kind']> = new Set([
  'filter',
  'rule',
  'exception',
  'correlation',
  'route',
  'step',
  'sample',
  'metadata',
  'title',
  'grouping',
]);

function missedIn(use: TableUse, columns: readonly ColumnReport[]): readonly MissedColumn[] {
  const seen = new Map(columns.map((column) => [column.name, column]));
  // With a column that is not counted by its name, nothing can be said of those that are not there.
  if (seen.has(OTHERS)) return [];
  return [...use.named]
    .flatMap(([column, all]): MissedColumn[] => {
      const readers = all.filter(({ kind }) => WRITTEN.has(kind));
      const found = seen.get(column);
      const isAlwaysEmpty = found !== undefined && found.empty === found.rows;
      // Of a known table, rules can name only columns of the schema; the others are parts of paths, and what steps write.
      const isMeant = use.isKnown ? use.columns.has(column) : !column.includes('.');
      if (readers.length === 0 || !isMeant || (found && !isAlwaysEmpty)) return [];
      return [{ column, readers, isAlwaysEmpty }];
    })
    .toSorted((a, b) => (a.column < b.column ? -1 : 1));
}

function savingIn(
  { sentBytes }: TableCounts,
  columns: readonly ColumnReport[],
  days: number | undefined,
): Saving | undefined {
  // A table file may name only columns that the schema has, where it has the table.
  const unread = columns.filter(
    ({ state, isKnown, sentBytes: sent }) => state === 'unread' && isKnown !== false && sent > 0,
  );
  if (unread.length === 0) return undefined;
  const bytes = unread.reduce((sum, { sentBytes: sent }) => sum + sent, 0);
  const names = unread.map(({ name }) => name);
  return {
    columns: names,
    bytes,
    share: sentBytes === 0 ? 0 : Math.min(1, bytes / sentBytes),
    bytesPerDay: days === undefined ? undefined : Math.round(bytes / days),
    yaml: removeStep(names),
  };
}

/** The longest line of the step. UTF-16 units. */
const LINE = 100;

/** The step `remove`, as an entry of `transform`. */
export function removeStep(columns: readonly string[]): string {
  let text = '  - remove: [';
  let length = text.length;
  for (const [index, column] of columns.entries()) {
    const name = quotedIfNeeded(column) + (index === columns.length - 1 ? ']' : ',');
    const isFull = index > 0 && length + name.length + 1 > LINE;
    const before = index === 0 ? '' : isFull ? '\n      ' : ' ';
    text += before + name;
    length = isFull ? 6 + name.length : length + before.length + name.length;
  }
  return text;
}

/** A name as YAML reads it back. In quotes it is JSON, which YAML contains; control characters are escapes there. */
function quotedIfNeeded(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(name)
    ? name
    : JSON.stringify(name).replace(
        /[\u007f-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
}

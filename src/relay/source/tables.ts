/** Knows when each table was last written, and whether it is silent: its container exists, but nothing has come for too long. */
import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { DAY_MS } from '../../shared/duration.ts';
import type { Metrics, Reading } from '../../shared/metrics.ts';
import { tableLabel, tableOf } from './table.ts';

const moment = z.number().int().nonnegative();

/** What is remembered of one table, in the state. */
export const tableRecordSchema = z.lazy(() =>
  z.object({
    /** When the newest known blob was last written, ms since the epoch. */
    lastWrite: moment,
    /** No write was ever seen: the last one, if there was any, is older than `lastWrite`. */
    unseen: z.literal(true).exactOptional(),
    /** The longest time between two writes that was seen in the last {@link REMEMBERED_MS}, in milliseconds, and when it ended, or the table was first looked at. */
    longestGapMs: moment,
    gapOn: moment,
    /** Whether the table was found silent, so that this is logged once. */
    silent: z.literal(true).exactOptional(),
  }),
);

export type TableRecord = z.infer<typeof tableRecordSchema>;
/** By container. */
export type TableRecords = Readonly<Record<string, TableRecord>>;

/** A table is silent after this many times its longest gap, if that is longer than `sweep.silent_after`: rare tables pause often. */
const GAPS = 2;
/** A gap that is older than this no longer counts. Milliseconds. */
const REMEMBERED_MS = 30 * DAY_MS;
/** How many tables are remembered; Defender has about 60. */
const MOST_TABLES = 500;

/** After how long without a write a table counts as silent. Milliseconds. */
export function silentAfter({ longestGapMs }: Pick<TableRecord, 'longestGapMs'>, floorMs: number): number {
  return Math.max(floorMs, GAPS * longestGapMs);
}

/**
 * Whether a table has been silent for too long. One whose writes were never seen is judged from when it was first looked at: most tables that
 * have nothing in the last days at a first start are rare, and not lost.
 *
 * @param floorMs `sweep.silent_after`.
 */
export function isSilent(record: TableRecord, now: number, floorMs: number): boolean {
  const since = record.unseen ? record.gapOn : record.lastWrite;
  return now - since > silentAfter(record, floorMs);
}

/** What a sweep has seen: each container that it listed to the end, with its newest write; undefined if it had no blob in these hours. */
export interface SeenTables {
  readonly newest: ReadonlyMap<string, number | undefined>;
  /** The beginning of the listed hours, ms since the epoch. */
  readonly from: number;
}

export interface ChangedTables {
  readonly tables: TableRecords;
  /** The containers that have become silent, and those that are written again after silence. */
  readonly fell: readonly string[];
  readonly resumed: readonly string[];
}

/** Adds what a sweep has seen. A container that could not be listed keeps its record. */
export function withSeen(
  before: TableRecords,
  { newest, from }: SeenTables,
  { now, floorMs }: { readonly now: number; readonly floorMs: number },
): ChangedTables {
  const tables: Record<string, TableRecord> = { ...before };
  const fell: string[] = [];
  const resumed: string[] = [];
  for (const [container, lastWrite] of newest) {
    const old = before[container];
    if (!old && Object.keys(tables).length >= MOST_TABLES) continue;
    const { silent, ...record } = written(old, lastWrite, from, now);
    const isNow = isSilent(record, now, floorMs);
    if (isNow && !silent) fell.push(container);
    if (!isNow && silent) resumed.push(container);
    tables[container] = isNow ? { ...record, silent: true } : record;
  }
  return { tables, fell, resumed };
}

function written(
  old: TableRecord | undefined,
  lastWrite: number | undefined,
  from: number,
  now: number,
): TableRecord {
  if (!old) {
    const first = { longestGapMs: 0, gapOn: now };
    return lastWrite === undefined ? { ...first, lastWrite: from, unseen: true } : { ...first, lastWrite };
  }
  const { unseen, ...known } = old;
  if (unseen) {
    // Nothing is known of the time before: a look further back may find a write, and the first one ends no gap.
    return lastWrite === undefined
      ? { ...old, lastWrite: Math.min(old.lastWrite, from) }
      : { ...known, lastWrite };
  }
  if (lastWrite === undefined || lastWrite <= old.lastWrite) return old;
  const gap = lastWrite - old.lastWrite;
  const isLonger = gap >= old.longestGapMs || now - old.gapOn > REMEMBERED_MS;
  return { ...known, lastWrite, ...(isLonger && { longestGapMs: gap, gapOn: now }) };
}

/** The tables of each source, for the gauges, which are computed when somebody looks. */
export class TableBook {
  readonly #ofSources = new Map<
    string | undefined,
    { readonly tables: TableRecords; readonly floorMs: number }
  >();
  readonly #clock: Clock;

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An empty book that the gauges of `metrics` are read from. */
  static create(metrics: Pick<Metrics, 'gaugeFrom'>, clock: Clock): TableBook {
    const book = new TableBook(clock);
    metrics.gaugeFrom('xdr_relay_table_silent_seconds', () =>
      book.#readings(({ lastWrite }, now) => Math.max(0, now - lastWrite) / 1000),
    );
    metrics.gaugeFrom('xdr_relay_table_silent', () =>
      book.#readings((record, now, floorMs) => (isSilent(record, now, floorMs) ? 1 : 0)),
    );
    return book;
  }

  /** Replaces what is known of a source. */
  set(source: string | undefined, tables: TableRecords, floorMs: number): void {
    this.#ofSources.set(source, { tables, floorMs });
  }

  *#readings(read: (record: TableRecord, now: number, floorMs: number) => number): Iterable<Reading> {
    const now = this.#clock.now();
    for (const [source, { tables, floorMs }] of this.#ofSources) {
      for (const [container, record] of Object.entries(tables)) {
        const labels = { table: tableLabel(tableOf(container)), ...(source !== undefined && { source }) };
        yield { value: read(record, now, floorMs), labels };
      }
    }
  }
}

/** Counts the verdicts of rules on many rows. */
import type { DryRun } from '../../../rules/dry-run.ts';
import { increment } from '../../../shared/counts.ts';
import type { Row, Verdict } from '../../../shared/event.ts';
import { rowTime } from '../../../shared/row-time.ts';

/** What one destination would receive. */
export interface Share {
  events: number;
  alerts: number;
  /** The bytes of the events' columns as JSON, an estimate of what is sent before compression. */
  bytes: number;
}

/** The counts over the rows of one table. */
export interface TableTally {
  /** The number of rows that were read. */
  rows: number;
  filtered: number;
  readonly destinations: Map<string, Share>;
}

/** The counts over many rows. */
export interface Tally {
  readonly version: string;
  /** The number of rows by table. */
  readonly tables: Map<string, number>;
  /** The number of rows that each filter dropped, by `Table: title`. */
  readonly filtered: Map<string, number>;
  /** The number of rows that raised each rule or correlation, also rules whose alerts have no destination. */
  readonly rules: Map<string, number>;
  readonly destinations: Map<string, Share>;
  /** What became of the rows of each table. */
  readonly byTable: Map<string, TableTally>;
  rows: number;
  forwarded: number;
}

export function newTally(version: string): Tally {
  return {
    version,
    tables: new Map(),
    filtered: new Map(),
    rules: new Map(),
    destinations: new Map(),
    byTable: new Map(),
    rows: 0,
    forwarded: 0,
  };
}

/** Counts a row, and returns its verdict. */
export function addRow(tally: Tally, run: DryRun, row: Row): Verdict {
  tally.rows += 1;
  increment(tally.tables, row.table);
  const table = tally.byTable.get(row.table) ?? { rows: 0, filtered: 0, destinations: new Map() };
  tally.byTable.set(row.table, table);
  table.rows += 1;
  const { verdict, raised } = run.next(row, rowTime(row) ?? 0);
  if (verdict.kind === 'filtered') {
    increment(tally.filtered, `${row.table}: ${verdict.filter}`);
    table.filtered += 1;
    return verdict;
  }
  for (const { title } of raised) increment(tally.rules, title);
  if (verdict.routes.length > 0) tally.forwarded += 1;
  const bytes = JSON.stringify(verdict.event).length;
  for (const { to, rule } of verdict.routes) {
    for (const shares of [tally.destinations, table.destinations]) {
      const share = shares.get(to) ?? { events: 0, alerts: 0, bytes: 0 };
      if (rule) share.alerts += 1;
      else share.events += 1;
      share.bytes += bytes;
      shares.set(to, share);
    }
  }
  return verdict;
}

/** The counts as plain data. */
export function tallyAsJson(tally: Tally) {
  return {
    version: tally.version,
    rows: tally.rows,
    forwarded: tally.forwarded,
    tables: Object.fromEntries(tally.tables),
    filtered: Object.fromEntries(tally.filtered),
    rules: Object.fromEntries(tally.rules),
    destinations: Object.fromEntries(tally.destinations),
    by_table: Object.fromEntries(
      [...tally.byTable].map(([name, { destinations, ...counts }]) => [
        name,
        { ...counts, destinations: Object.fromEntries(destinations) },
      ]),
    ),
  };
}

/** Puts what several processes did together. */
import { HOUR_MS } from '../../shared/duration.ts';
import {
  type Activity,
  type DestinationActivity,
  HOURS,
  MINUTES,
  type ProcessActivity,
  type Reply,
  type RuleActivity,
  type TableActivity,
} from './activity.ts';
import {
  type ActivityDocument,
  type DestinationRecord,
  MOST_COLUMNS,
  MOST_REPLIES,
  MOST_RULES,
  type TableRecord,
} from './document.ts';
import { SeriesSum } from './ring.ts';
import { spreadOf } from './spread.ts';

const MINUTE_MS = 60_000;
/** A process that has missed so many writes is stale. */
const STALE_WRITES = 3;
/** Clocks agree within this. Milliseconds. */
const TOLERANCE_MS = 5_000;
/** An isolate of a Worker that was not called for so long has most likely ended; it cannot say so. Milliseconds. */
const ISOLATE_MS = 5 * 60_000;

/** Whether a process is alive. @param now ms since the epoch. */
export function stateOf(
  { kind, ended, writtenOn, everyMs }: ActivityDocument,
  now: number,
): ProcessActivity['state'] {
  if (ended) return 'ended';
  const age = now - writtenOn;
  if (kind === 'worker') return age < ISOLATE_MS ? 'alive' : 'ended';
  return age < STALE_WRITES * everyMs + TOLERANCE_MS ? 'alive' : 'stale';
}

/**
 * The sum of documents, none of which may be older than a day. Adding one of 256 KB takes some 20 ms on a slow machine: who has many adds
 * each when it has come, so that rows go on in between.
 */
export class ActivitySum {
  readonly #now: number;
  readonly #totals: Readonly<Record<'rows' | 'bytes' | 'filtered' | 'alerts', SeriesSum>>;
  readonly #destinations = new Map<string, DestinationSum>();
  readonly #tables = new Map<string, TableSum>();
  readonly #rules = new Map<string, SeriesSum>();
  readonly #processes: ProcessActivity[] = [];

  /** @param now ms since the epoch. */
  constructor(now: number) {
    this.#now = now;
    const minutes = () => new SeriesSum(MINUTE_MS, MINUTES, now);
    this.#totals = { rows: minutes(), bytes: minutes(), filtered: minutes(), alerts: minutes() };
  }

  /** @param id of the process. */
  add(id: string, document: ActivityDocument): void {
    const { minute, hour } = document;
    const now = this.#now;
    for (const name of ['rows', 'bytes', 'filtered', 'alerts'] as const)
      this.#totals[name].add(document.totals[name], minute);
    const isAlive = stateOf(document, now) === 'alive';
    for (const one of document.destinations)
      known(this.#destinations, one.name, () => new DestinationSum(now)).add(one, minute, isAlive);
    for (const one of document.tables) known(this.#tables, one.name, () => new TableSum(now)).add(one, hour);
    for (const { rule, hits } of document.hits)
      known(this.#rules, rule, () => new SeriesSum(HOUR_MS, HOURS, now)).add(hits, hour);
    this.#processes.push(processOf(id, document, now));
  }

  /** What was added. @param missing how many documents were not. */
  activity(missing: Pick<Activity, 'unreadable' | 'unread'>): Activity {
    const { rows, bytes, filtered, alerts } = this.#totals;
    return {
      at: this.#now,
      processes: sortedProcesses(this.#processes),
      rows: rows.series,
      bytes: bytes.series,
      filtered: filtered.series,
      alerts: alerts.series,
      destinations: byName(this.#destinations).map(([name, sum]) => sum.of(name)),
      tables: byName(this.#tables).flatMap(([name, sum]) => sum.of(name) ?? []),
      rules: rulesOf(this.#rules),
      ...missing,
    };
  }
}

class DestinationSum {
  readonly #delivered: SeriesSum;
  readonly #bytes: SeriesSum;
  readonly #batches: SeriesSum;
  readonly #failed: SeriesSum;
  readonly #deadLetters: SeriesSum;
  #oldest = 0;
  #replies: Reply[] = [];

  constructor(now: number) {
    const minutes = () => new SeriesSum(MINUTE_MS, MINUTES, now);
    this.#delivered = minutes();
    this.#bytes = minutes();
    this.#batches = minutes();
    this.#failed = minutes();
    this.#deadLetters = minutes();
  }

  add(one: DestinationRecord, minute: number, isAlive: boolean): void {
    this.#delivered.add(one.delivered, minute);
    this.#bytes.add(one.deliveredBytes, minute);
    this.#batches.add(one.batches, minute);
    this.#failed.add(one.failed, minute);
    this.#deadLetters.add(one.deadLetters, minute);
    if (isAlive) this.#oldest = Math.max(this.#oldest, one.oldestSeconds);
    for (const { status, code, message, excerpt, ...reply } of one.replies)
      this.#replies.push({ ...reply, status, code, message, excerpt });
  }

  of(name: string): DestinationActivity {
    return {
      name,
      delivered: this.#delivered.series,
      deliveredBytes: this.#bytes.series,
      batches: this.#batches.series,
      failed: this.#failed.series,
      deadLetters: this.#deadLetters.series,
      oldestUndeliveredSeconds: this.#oldest,
      replies: this.#replies.sort((a, b) => b.at - a.at).slice(0, MOST_REPLIES),
    };
  }
}

class TableSum {
  readonly #now: number;
  readonly #rows: SeriesSum;
  readonly #bytes: SeriesSum;
  readonly #filtered: SeriesSum;
  readonly #alerts: SeriesSum;
  readonly #latency: TableRecord['latency'] = [];
  readonly #columns = new Map<string, number>();
  #unread = 0;
  #unknown = 0;
  #firstSeen: number | undefined;
  #lastSeen: number | undefined;

  constructor(now: number) {
    this.#now = now;
    const hours = () => new SeriesSum(HOUR_MS, HOURS, now);
    this.#rows = hours();
    this.#bytes = hours();
    this.#filtered = hours();
    this.#alerts = hours();
  }

  add(one: TableRecord, hour: number): void {
    this.#rows.add(one.rows, hour);
    this.#bytes.add(one.bytes, hour);
    this.#filtered.add(one.filtered, hour);
    this.#alerts.add(one.alerts, hour);
    this.#latency.push(...one.latency);
    for (const { name, bytes } of one.columns)
      this.#columns.set(name, (this.#columns.get(name) ?? 0) + bytes);
    this.#unread += one.unreadBytes;
    this.#unknown += one.unknownColumns;
    const { firstSeen = Number.POSITIVE_INFINITY, lastSeen = Number.NEGATIVE_INFINITY } = one;
    if (one.firstSeen !== undefined) this.#firstSeen = Math.min(this.#firstSeen ?? firstSeen, firstSeen);
    if (one.lastSeen !== undefined) this.#lastSeen = Math.max(this.#lastSeen ?? lastSeen, lastSeen);
  }

  /** Undefined where nothing of it is left of the last 24 hours. */
  of(name: string): TableActivity | undefined {
    if (this.#rows.sum === 0 && this.#alerts.sum === 0) return undefined;
    const rows = this.#rows.series;
    return {
      name,
      rows,
      bytes: this.#bytes.series,
      filtered: this.#filtered.series,
      alerts: this.#alerts.series,
      firstSeen: this.#firstSeen && Math.max(this.#firstSeen, rows.from),
      lastSeen: this.#lastSeen && Math.min(this.#lastSeen, this.#now),
      latency: spreadOf(this.#latency),
      columns: [...this.#columns]
        .map(([column, bytes]) => ({ name: column, bytes }))
        .sort((a, b) => b.bytes - a.bytes)
        .slice(0, MOST_COLUMNS),
      unreadBytes: this.#unread,
      unknownColumns: this.#unknown,
    };
  }
}

const ORDER: readonly ProcessActivity['state'][] = ['alive', 'stale', 'ended'];

function processOf(id: string, document: ActivityDocument, now: number): ProcessActivity {
  const { host, version, rules, startedOn, writtenOn, memoryBytes, blobs, threads, consumes } = document;
  const state = stateOf(document, now);
  return { id, host, version, rules, startedOn, writtenOn, state, memoryBytes, blobs, threads, consumes };
}

function sortedProcesses(all: readonly ProcessActivity[]): readonly ProcessActivity[] {
  return all.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || inState(a, b));
}

/** The living stay where they are in the list from one look to the next; of the others, the last ones come first. */
function inState(a: ProcessActivity, b: ProcessActivity): number {
  if (a.state !== 'alive') return b.writtenOn - a.writtenOn;
  return a.startedOn - b.startedOn || (a.host < b.host ? -1 : 1);
}

/** Those with the most hits first. */
function rulesOf(rules: ReadonlyMap<string, SeriesSum>): readonly RuleActivity[] {
  return [...rules]
    .map(([rule, hits]) => ({ rule, hits, sum: hits.sum }))
    .filter(({ sum }) => sum > 0)
    .sort((a, b) => b.sum - a.sum)
    .slice(0, MOST_RULES)
    .map(({ rule, hits }) => ({ rule, hits: hits.series }));
}

function byName<T>(all: ReadonlyMap<string, T>): [string, T][] {
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}

function known<T>(all: Map<string, T>, name: string, make: () => T): T {
  const found = all.get(name) ?? make();
  all.set(name, found);
  return found;
}

/** Folds samples of a process's counters into what it did by minute and by hour. */
import { HOUR_MS } from '../../shared/duration.ts';
import type { HistogramPoint, MetricFamily, NumberPoint } from '../../shared/metric-families.ts';
import { HOURS, MINUTES, type Reply } from './activity.ts';
import {
  type ActivityDocument,
  type DestinationRecord,
  fitted,
  LONGEST_NAME,
  LONGEST_TEXT,
  MOST_BOUNDS,
  MOST_COLUMNS,
  MOST_DESTINATIONS,
  MOST_REPLIES,
  MOST_RULES,
  MOST_TABLES,
  type RuleRecord,
  type TableRecord,
} from './document.ts';
import { Growth } from './growth.ts';
import { Ring } from './ring.ts';

const MINUTE_MS = 60_000;
/** Rules that are counted in memory; of these, those with the most hits are stored. */
const MOST_COUNTED_RULES = 5_000;
/** Under which name tables beyond {@link MOST_TABLES} are counted. */
const OTHER = 'other';

/** What a process says of itself. */
export interface ProcessFacts {
  readonly kind: ActivityDocument['kind'];
  readonly host: string;
  readonly version: string;
  /** How often its document is written. Milliseconds. */
  readonly everyMs: number;
  /** Whether it reads rows. */
  readonly consumes: boolean;
}

/** What is true of a process at one moment. */
export interface Vitals {
  /** Resident memory; undefined where it is unknown. */
  readonly memoryBytes: number | undefined;
  readonly threads: number;
  /** The last replies of each destination, the newest first. */
  readonly replies: ReadonlyMap<string, readonly Reply[]>;
}

const TOTALS = ['rows', 'bytes', 'filtered', 'alerts'] as const;
type Total = (typeof TOTALS)[number];
const DELIVERIES = ['delivered', 'deliveredBytes', 'batches', 'failed', 'deadLetters'] as const;
type Delivered = (typeof DELIVERIES)[number];

interface TableCounts {
  readonly of: Readonly<Record<Total, Ring>>;
  readonly columns: Map<string, Ring>;
  /** By upper bound, in seconds; infinite for what took longer than any bound. */
  readonly latency: Map<number, { readonly over: number; readonly ring: Ring }>;
  readonly unread: Ring;
  readonly unknown: Ring;
  firstSeen: number | undefined;
  lastSeen: number | undefined;
}

/** By metric, what of it is counted as what. */
const OF_TABLES: Readonly<Record<string, Total>> = {
  xdr_relay_rows_total: 'rows',
  xdr_relay_rows_bytes_total: 'bytes',
  xdr_relay_rows_filtered_total: 'filtered',
  xdr_relay_alerts_total: 'alerts',
};
const OF_DESTINATIONS: Readonly<Record<string, Delivered>> = {
  xdr_relay_delivered_total: 'delivered',
  xdr_relay_delivered_bytes_total: 'deliveredBytes',
  xdr_relay_batches_total: 'batches',
  xdr_relay_requests_failed_total: 'failed',
  xdr_relay_dead_letters_total: 'deadLetters',
};

/**
 * The activity of one process, from samples of its metrics. It must be created before the process counts anything, because the first sample
 * counts from 0.
 */
export class ActivityRecorder {
  readonly #facts: ProcessFacts;
  readonly #startedOn: number;
  readonly #growth = new Growth();
  readonly #totals: Readonly<Record<Total, Ring>> = ringsOf(TOTALS, MINUTES);
  readonly #destinations = new Map<string, Readonly<Record<Delivered, Ring>>>();
  readonly #tables = new Map<string, TableCounts>();
  readonly #rules = new Map<string, Ring>();
  #oldest: ReadonlyMap<string, number> = new Map();
  #blobs = 0;
  #ruleSet: string | undefined;
  #minute: number;
  #hour: number;

  /** @param now ms since the epoch. */
  constructor(facts: ProcessFacts, now: number) {
    this.#facts = facts;
    this.#startedOn = now;
    this.#minute = Math.floor(now / MINUTE_MS);
    this.#hour = Math.floor(now / HOUR_MS);
  }

  /** Counts what grew since the last sample, as of now. @param now ms since the epoch. */
  fold(sample: readonly MetricFamily[], now: number): void {
    this.#advance(now);
    this.#blobs = 0;
    for (const family of sample) {
      if (family.kind === 'histogram') {
        if (family.name === 'xdr_relay_row_latency_seconds') this.#latency(family.points);
      } else if (family.kind === 'gauge') this.#gauge(family.name, family.points);
      else for (const point of family.points) this.#count(family.name, point, now);
    }
  }

  /** What is to be stored. @param now ms since the epoch. */
  document(now: number, { memoryBytes, threads, replies }: Vitals, ended: boolean): ActivityDocument {
    this.#advance(now);
    const { kind, host, version, everyMs, consumes } = this.#facts;
    const names = [...new Set([...this.#destinations.keys(), ...this.#oldest.keys(), ...replies.keys()])];
    return fitted({
      v: 1,
      kind,
      host: host.slice(0, LONGEST_NAME),
      version,
      ...(this.#ruleSet !== undefined && { rules: this.#ruleSet }),
      startedOn: Math.min(this.#startedOn, now),
      writtenOn: now,
      everyMs,
      ended,
      ...(memoryBytes !== undefined && { memoryBytes }),
      blobs: this.#blobs,
      threads,
      consumes,
      minute: this.#minute * MINUTE_MS,
      hour: this.#hour * HOUR_MS,
      totals: textsOf(TOTALS, this.#totals),
      destinations: names
        .slice(0, MOST_DESTINATIONS)
        .map((name) => this.#destinationRecord(name, replies.get(name) ?? [])),
      tables: this.#tableRecords(),
      hits: this.#ruleRecords(),
    });
  }

  #count(metric: string, { labels, value }: NumberPoint, now: number): void {
    const { table, destination, rule, column, result } = labels;
    const total = OF_TABLES[metric];
    const delivered = OF_DESTINATIONS[metric];
    const isCounted =
      total !== undefined ||
      (delivered !== undefined && (delivered !== 'batches' || result === 'accepted')) ||
      metric === 'xdr_relay_rule_alerts_total' ||
      metric.startsWith('xdr_relay_column');
    if (!isCounted) return;
    const grown = this.#growth.of(metric, labels, value);
    if (grown === 0) return;
    if (total !== undefined && table !== undefined) {
      this.#totals[total].add(grown);
      const counts = this.#table(table);
      counts.of[total].add(grown);
      if (total !== 'rows') return;
      counts.firstSeen ??= now;
      counts.lastSeen = now;
    } else if (delivered !== undefined && destination !== undefined) {
      this.#destination(destination)?.[delivered].add(grown);
    } else if (metric === 'xdr_relay_rule_alerts_total' && rule !== undefined) {
      bounded(this.#rules, rule.slice(0, LONGEST_NAME), MOST_COUNTED_RULES, HOURS)?.add(grown);
    } else if (table !== undefined) {
      const { columns, unread, unknown } = this.#table(table);
      if (metric === 'xdr_relay_column_bytes_total' && column !== undefined)
        bounded(columns, column, MOST_COLUMNS, HOURS)?.add(grown);
      if (metric === 'xdr_relay_column_unread_bytes_total') unread.add(grown);
      if (metric === 'xdr_relay_columns_unknown_total') unknown.add(grown);
    }
  }

  #latency(points: readonly HistogramPoint[]): void {
    for (const { labels, bounds, counts } of points) {
      if (labels.table === undefined) continue;
      const { latency } = this.#table(labels.table);
      counts.forEach((count, index) => {
        const bound = bounds[index] ?? Number.POSITIVE_INFINITY;
        const grown = this.#growth.of(`latency ${bound}`, labels, count);
        if (grown === 0 || (!latency.has(bound) && latency.size >= MOST_BOUNDS)) return;
        const { ring } = known(latency, bound, () => ({
          over: bounds[index - 1] ?? 0,
          ring: new Ring(HOURS),
        }));
        ring.add(grown);
      });
    }
  }

  #gauge(metric: string, points: readonly NumberPoint[]): void {
    // A process that follows no blobs, as on Workers, visits them.
    if (metric === 'xdr_relay_followed_blobs' || metric === 'xdr_relay_tasks_running')
      this.#blobs = Math.max(this.#blobs, sumOf(points));
    if (metric === 'xdr_relay_rules_info')
      this.#ruleSet = points.find(({ value }) => value === 1)?.labels.version?.slice(0, LONGEST_NAME);
    if (metric !== 'xdr_relay_oldest_undelivered_seconds') return;
    const oldest = new Map<string, number>();
    for (const { labels, value } of points) {
      const { destination } = labels;
      if (destination === undefined) continue;
      oldest.set(destination, Math.max(oldest.get(destination) ?? 0, Math.max(0, value)));
    }
    this.#oldest = oldest;
  }

  /** Begins new buckets. Where the clock was set back, the buckets move with it: what was counted was counted just before now. */
  #advance(now: number): void {
    const minutes = Math.floor(now / MINUTE_MS) - this.#minute;
    const hours = Math.floor(now / HOUR_MS) - this.#hour;
    this.#minute += minutes;
    this.#hour += hours;
    const ofMinutes = [this.#totals, ...this.#destinations.values()];
    for (const rings of ofMinutes) for (const ring of Object.values(rings)) ring.advance(minutes);
    if (hours === 0) return;
    for (const { of, columns, latency, unread, unknown } of this.#tables.values()) {
      const rings = [...Object.values(of), ...columns.values(), unread, unknown];
      for (const { ring } of latency.values()) ring.advance(hours);
      for (const ring of rings) ring.advance(hours);
    }
    for (const ring of this.#rules.values()) ring.advance(hours);
    forget(this.#rules, (ring) => ring.sum === 0);
    forget(this.#tables, ({ of }) => of.rows.sum === 0 && of.alerts.sum === 0);
  }

  #table(label: string): TableCounts {
    const name = label.slice(0, LONGEST_NAME);
    const known = this.#tables.get(name);
    if (known) return known;
    if (this.#tables.size >= MOST_TABLES - 1 && name !== OTHER) return this.#table(OTHER);
    const made: TableCounts = {
      of: ringsOf(TOTALS, HOURS),
      columns: new Map(),
      latency: new Map(),
      unread: new Ring(HOURS),
      unknown: new Ring(HOURS),
      firstSeen: undefined,
      lastSeen: undefined,
    };
    this.#tables.set(name, made);
    return made;
  }

  #destination(name: string): Readonly<Record<Delivered, Ring>> | undefined {
    const known = this.#destinations.get(name);
    if (known || this.#destinations.size >= MOST_DESTINATIONS) return known;
    const made = ringsOf(DELIVERIES, MINUTES);
    this.#destinations.set(name, made);
    return made;
  }

  #destinationRecord(name: string, replies: readonly Reply[]): DestinationRecord {
    const rings = this.#destinations.get(name) ?? ringsOf(DELIVERIES, MINUTES);
    return {
      name: name.slice(0, LONGEST_NAME),
      ...textsOf(DELIVERIES, rings),
      oldestSeconds: this.#oldest.get(name) ?? 0,
      replies: replies.slice(0, MOST_REPLIES).map(shortened),
    };
  }

  /** Those with the most rows first. */
  #tableRecords(): TableRecord[] {
    const sorted = [...this.#tables].sort(([, a], [, b]) => b.of.rows.sum - a.of.rows.sum);
    return sorted.map(([name, { of, columns, latency, unread, unknown, firstSeen, lastSeen }]) => ({
      name,
      ...textsOf(TOTALS, of),
      ...(firstSeen !== undefined && { firstSeen: this.#notBefore(firstSeen, of.rows) }),
      ...(lastSeen !== undefined && { lastSeen }),
      latency: [...latency].flatMap(
        ([
          le,
          {
            over,
            ring: { sum },
          },
        ]) => (sum > 0 ? [{ over, ...(Number.isFinite(le) && { le }), count: sum }] : []),
      ),
      columns: [...columns]
        .flatMap(([column, { sum }]) => (sum > 0 ? [{ name: column, bytes: Math.round(sum) }] : []))
        .sort((a, b) => b.bytes - a.bytes),
      unreadBytes: Math.round(unread.sum),
      unknownColumns: Math.round(unknown.sum),
    }));
  }

  /** What was seen first is told as of the hours that are kept. */
  #notBefore(firstSeen: number, rows: Ring): number {
    return Math.max(firstSeen, (this.#hour - (rows.oldest ?? 0)) * HOUR_MS);
  }

  #ruleRecords(): RuleRecord[] {
    const sums = [...this.#rules].map(([rule, ring]) => ({ rule, ring, sum: ring.sum }));
    return sums
      .filter(({ sum }) => sum > 0)
      .sort((a, b) => b.sum - a.sum)
      .slice(0, MOST_RULES)
      .map(({ rule, ring }) => ({ rule, hits: ring.text }));
  }
}

function ringsOf<K extends string>(names: readonly K[], buckets: number): Readonly<Record<K, Ring>> {
  return Object.fromEntries(names.map((name) => [name, new Ring(buckets)])) as Record<K, Ring>;
}

function textsOf<K extends string>(names: readonly K[], rings: Readonly<Record<K, Ring>>): Record<K, string> {
  return Object.fromEntries(names.map((name) => [name, rings[name].text])) as Record<K, string>;
}

/** The ring of a key; undefined where there are as many as there may be. */
function bounded<K extends string>(
  rings: Map<K, Ring>,
  key: K,
  most: number,
  buckets: number,
): Ring | undefined {
  const known = rings.get(key);
  if (known || rings.size >= most) return known;
  const made = new Ring(buckets);
  rings.set(key, made);
  return made;
}

function known<K, V>(all: Map<K, V>, key: K, make: () => V): V {
  const found = all.get(key) ?? make();
  all.set(key, found);
  return found;
}

function forget<K, V>(all: Map<K, V>, isOver: (value: V) => boolean): void {
  for (const [key, value] of all) if (isOver(value)) all.delete(key);
}

function sumOf(points: readonly NumberPoint[]): number {
  return points.reduce((sum, { value }) => sum + value, 0);
}

function shortened(reply: Reply): DestinationRecord['replies'][number] {
  const { at, result, status, code, message, excerpt, rows, ms } = reply;
  return {
    at,
    result,
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code: code.slice(0, LONGEST_NAME) }),
    ...(message !== undefined && { message: message.slice(0, LONGEST_TEXT) }),
    ...(excerpt !== undefined && { excerpt: excerpt.slice(0, LONGEST_TEXT) }),
    rows,
    ms,
  };
}

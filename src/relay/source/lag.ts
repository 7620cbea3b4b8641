/** Knows, for the gauges, what each destination has not received of the blobs that this process has visited. */
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Labels, Metrics, Reading } from '../../shared/metrics.ts';
import { tableLabel, tableOf } from './table.ts';

/**
 * So long after the next visit is due, another consumer has made it and knows better: what this process knew of the blob is forgotten.
 * Milliseconds.
 */
const OVERDUE_MS = 2 * 60_000;
/** The same where no next visit is planned; and a table of which nothing waits is shown with 0 for so long. Milliseconds. */
const FORGET_MS = 60 * 60_000;

/** What one destination has not received of one blob. */
export interface Waiting {
  /** The bytes that are written and not delivered yet; 0 if there are none. */
  readonly bytes: number;
  /** The estimate of when the first of them was written, and when the blob is to be visited again for them. Milliseconds since the epoch. */
  readonly since: number;
  readonly due?: number | undefined;
}

interface Entry {
  readonly table: string;
  readonly bytes: number;
  readonly since: number;
  /** When the entry is forgotten, in milliseconds of the monotonic clock. */
  readonly until: number;
}

interface Of {
  /** By blob. A blob without unread bytes has no entry. */
  readonly entries: Map<string, Entry>;
  /** The tables by label, with the time until which they are shown though nothing waits. Monotonic milliseconds. */
  readonly tables: Map<string, number>;
}

/** What each destination has not received, by blob. The gauges are computed when somebody looks. */
export class LagBook {
  readonly #clock: Clock;
  readonly #source: Labels;
  readonly #destinations = new Map<string, Of>();
  readonly #ofSources = new Map<string, LagBook>();
  #known: () => Iterable<string> = () => this.#destinations.keys();

  private constructor(clock: Clock, source: Labels) {
    this.#clock = clock;
    this.#source = source;
  }

  /** An empty book that the gauges of `metrics` are read from. */
  static create(metrics: Pick<Metrics, 'gaugeFrom'>, clock: Clock): LagBook {
    const book = new LagBook(clock, {});
    metrics.gaugeFrom('xdr_relay_lag_bytes', () => book.#bytes(new Set(book.#known())));
    metrics.gaugeFrom('xdr_relay_oldest_undelivered_seconds', () => book.#ages([...book.#known()]));
    return book;
  }

  /** Sets which destinations there are: of no other anything is shown, and of these the age is, also while nothing waits. */
  follow(destinations: () => Iterable<string>): void {
    this.#known = destinations;
  }

  /** The book of one source, whose gauges have its name as a label. Returns the same book for the same name. */
  of(source: string): LagBook {
    const book = this.#ofSources.get(source) ?? new LagBook(this.#clock, { source });
    this.#ofSources.set(source, book);
    return book;
  }

  /** @param table undefined to keep the known table; a blob that was never read counts under its container's. */
  set(destination: string, ref: BlobRef, table: string | undefined, waiting: Waiting): void {
    const { entries, tables } = this.#destinations.get(destination) ?? {
      entries: new Map(),
      tables: new Map(),
    };
    this.#destinations.set(destination, { entries, tables });
    const blob = blobPath(ref);
    const now = this.#clock.monotonic();
    const label =
      table === undefined
        ? (entries.get(blob)?.table ?? tableLabel(tableOf(ref.container)))
        : tableLabel(table);
    entries.delete(blob);
    const { bytes, since, due } = waiting;
    tables.set(label, now + FORGET_MS);
    if (bytes === 0) return;
    const untilDue = due === undefined ? FORGET_MS : Math.max(0, due - this.#clock.now()) + OVERDUE_MS;
    entries.set(blob, { table: label, bytes, since, until: now + untilDue });
  }

  *#bytes(known: ReadonlySet<string>): Iterable<Reading> {
    const now = this.#clock.monotonic();
    for (const [destination, { entries, tables }] of this.#destinations) {
      if (!known.has(destination)) {
        this.#destinations.delete(destination);
        continue;
      }
      const sums = new Map<string, number>();
      for (const [table, until] of tables) {
        if (now <= until) sums.set(table, 0);
        else tables.delete(table);
      }
      for (const { table, bytes } of this.#current(entries)) sums.set(table, (sums.get(table) ?? 0) + bytes);
      for (const [table, value] of sums) yield { value, labels: { ...this.#source, destination, table } };
    }
    for (const book of this.#ofSources.values()) yield* book.#bytes(known);
  }

  *#ages(known: readonly string[]): Iterable<Reading> {
    const now = this.#clock.now();
    const books = this.#ofSources.size > 0 ? [...this.#ofSources.values()] : [this];
    for (const book of books) {
      for (const destination of known) {
        const entries = book.#destinations.get(destination)?.entries ?? new Map<string, Entry>();
        let oldest = now;
        for (const { since } of book.#current(entries)) oldest = Math.min(oldest, since);
        yield { value: (now - oldest) / 1000, labels: { ...book.#source, destination } };
      }
    }
  }

  #current(entries: Map<string, Entry>): Iterable<Entry> {
    const now = this.#clock.monotonic();
    for (const [blob, { until }] of entries) if (now > until) entries.delete(blob);
    return entries.values();
  }
}

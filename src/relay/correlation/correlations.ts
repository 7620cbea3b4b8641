/** Counts rows in the correlations that watch them, and returns the alerts. */
import { correlationRoutes } from '../../rules/evaluate.ts';
import type { CorrelationRule, RuleSet } from '../../rules/ruleset.ts';
import type { Fulfilled, PlacedRow } from '../../rules/sigma/index.ts';
import type { CorrelationEvent, Route, Row } from '../../shared/event.ts';
import { rowTime } from '../../shared/row-time.ts';
import { CorrelationBook, type CorrelationDeps, type CountedRow, type Counter } from './correlation-book.ts';

/** Counted rows are written at the latest after this time, in milliseconds, or once the number below waits. */
const UNWRITTEN_MS = 5_000;
const UNWRITTEN_ROWS = 2_000;

export interface CorrelationPlan {
  readonly rules: Pick<RuleSet, 'correlations'>;
  /** The creation time of the blob, ms since the epoch. */
  readonly createdOn: number;
  readonly signal: AbortSignal;
}

/** Rows of one blob that contribute to correlations, in the order of the blob. */
export type CorrelatedRows = readonly { readonly row: Row; readonly events: readonly CorrelationEvent[] }[];

/** The correlations of a relay. */
export interface Correlations {
  /** Begins the counting of one visit. The caller must end it with `flush` or `abandon`. */
  begin(plan: CorrelationPlan): CorrelationSession;
}

/**
 * The counting of one visit. Counted rows are written when one raises an alert, when they have waited for five seconds, and at the
 * visit's end; until then no stored offset may pass `floor`.
 */
export interface CorrelationSession {
  /**
   * Counts rows and returns the alerts that each raises. When this resolves, the alerts are durable. Rows that were counted before are
   * not counted again, and raise the same alerts as then.
   *
   * Throws CheckpointError: `storage_unavailable`, or `checkpoint_conflict` if other consumers keep writing.
   */
  observe(rows: CorrelatedRows): Promise<ReadonlyMap<Row, readonly Route[]>>;
  /** The offset from which on counted rows are not written yet. No offset beyond it may be stored, because a crash would lose these rows for the correlations. */
  readonly floor: number;
  /**
   * Whether the blob must be read again from `floor`, because another consumer counted for the same correlation meanwhile, so that a
   * row that was passed on without an alert raises one after all.
   */
  readonly mustReread: boolean;
  /** Writes the correlations whose rows have waited too long. Throws CheckpointError. */
  flushOverdue(): Promise<void>;
  /** Writes all counted rows. Throws CheckpointError. */
  flush(): Promise<void>;
  /** Drops all unwritten rows, because the visit failed and they are read again. */
  abandon(): Promise<void>;
}

export { CORRELATIONS_FOLDER, type CorrelationDeps } from './correlation-book.ts';

/** Makes {@link Correlations} that count in documents shared by all consumers. */
export function createCorrelations(deps: CorrelationDeps): Correlations {
  const queues = new Map<string, Promise<void>>();
  const books = new Map<string, CorrelationBook>();

  /** Runs `work` with the book of a correlation, one caller at a time, because the visits of a process share the book. */
  async function withBook<T>(rule: CorrelationRule, work: (book: CorrelationBook) => Promise<T>): Promise<T> {
    const name = rule.fingerprint;
    const turn = (queues.get(name) ?? Promise.resolve()).then(async () => {
      const book = books.get(name) ?? new CorrelationBook(deps, rule);
      books.set(name, book);
      return work(book);
    });
    const done = turn.then(
      () => {},
      () => {},
    );
    queues.set(name, done);
    try {
      return await turn;
    } finally {
      if (queues.get(name) === done) queues.delete(name);
    }
  }

  return {
    begin: (plan) =>
      new Session(deps, plan, {
        withBook,
        // The book is dropped, so that the next visit loads what other consumers wrote meanwhile.
        close: (book) => book.isWritten && books.delete(book.rule.fingerprint),
      }),
  };
}

interface Books {
  withBook<T>(rule: CorrelationRule, work: (book: CorrelationBook) => Promise<T>): Promise<T>;
  close(book: CorrelationBook): void;
}

interface PlacedEvent {
  readonly row: Row;
  readonly place: PlacedRow;
  readonly event: CorrelationEvent;
}

class Session implements CorrelationSession, Counter {
  readonly #deps: CorrelationDeps;
  readonly #plan: CorrelationPlan;
  readonly #books: Books;
  /** By fingerprint, the correlation and the offset of its first unwritten row of this visit. */
  readonly #unwritten = new Map<string, { readonly rule: CorrelationRule; readonly offset: number }>();
  #used = new Map<string, CorrelationRule>();
  #rows = 0;
  #since = 0;
  #rereadFrom = Number.POSITIVE_INFINITY;

  constructor(deps: CorrelationDeps, plan: CorrelationPlan, books: Books) {
    this.#deps = deps;
    this.#plan = plan;
    this.#books = books;
  }

  get floor(): number {
    return Math.min(this.#rereadFrom, ...[...this.#unwritten.values()].map(({ offset }) => offset));
  }

  get mustReread(): boolean {
    return this.#rereadFrom < Number.POSITIVE_INFINITY;
  }

  async observe(rows: CorrelatedRows): Promise<ReadonlyMap<Row, readonly Route[]>> {
    const { rules, createdOn } = this.#plan;
    const routes = new Map<Row, readonly Route[]>();
    await this.flushOverdue();
    const placed = new Map(rows.map(({ row }) => [row, placeOf(row, createdOn, this.#deps.clock.now())]));
    const waiting = rows.flatMap(({ row, events }) => placedEvents(row, placed, events));
    for (const rule of waiting.length > 0 ? (rules.correlations ?? []) : []) {
      const own = waiting.filter(({ event }) => event.correlation === rule.fingerprint);
      if (own.length === 0) continue;
      for (const [row, list] of await this.#count(rule, own)) {
        for (const { event } of list) waiting.push(...placedEvents(row, placed, event.next));
        const raised = list.flatMap((one) => correlationRoutes(rule, one));
        if (raised.length > 0) routes.set(row, [...(routes.get(row) ?? []), ...raised]);
      }
    }
    this.#rows += rows.length;
    return routes;
  }

  async flushOverdue(): Promise<void> {
    const isOverdue =
      this.#rows >= UNWRITTEN_ROWS || this.#deps.clock.monotonic() - this.#since >= UNWRITTEN_MS;
    if (this.#unwritten.size > 0 && isOverdue) await this.#write();
  }

  async flush(): Promise<void> {
    await this.#write();
    for (const rule of this.#used.values()) {
      await this.#books.withBook(rule, async (book) => this.#books.close(book));
    }
  }

  async abandon(): Promise<void> {
    for (const rule of this.#used.values()) {
      await this.#books.withBook(rule, async (book) => {
        book.abandon(this);
        this.#books.close(book);
      });
    }
  }

  written(book: CorrelationBook): void {
    this.#unwritten.delete(book.rule.fingerprint);
  }

  mustRereadFrom(offset: number): void {
    this.#rereadFrom = Math.min(this.#rereadFrom, offset);
  }

  async #write(): Promise<void> {
    this.#rows = 0;
    for (const { rule } of [...this.#unwritten.values()]) {
      await this.#books.withBook(rule, (book) => book.write(this.#plan.signal));
    }
  }

  async #count(
    rule: CorrelationRule,
    events: readonly PlacedEvent[],
  ): Promise<ReadonlyMap<Row, readonly Fulfilled[]>> {
    const rows = [...Map.groupBy(events, ({ row }) => row)]
      .flatMap(([row, list]): CountedRow[] => {
        const place = list[0]?.place;
        return place ? [{ row, place, events: list.map(({ event }) => event) }] : [];
      })
      .sort((a, b) => a.place.offset - b.place.offset);
    this.#used.set(rule.fingerprint, rule);
    return await this.#books.withBook(rule, async (book) => {
      const fulfilled = await book.count(this, rows, this.#plan.signal);
      const offset = book.firstUnwritten(this);
      if (offset === undefined) this.#unwritten.delete(rule.fingerprint);
      else {
        if (this.#unwritten.size === 0) this.#since = this.#deps.clock.monotonic();
        this.#unwritten.set(rule.fingerprint, { rule, offset });
      }
      return fulfilled;
    });
  }
}

function placedEvents(
  row: Row,
  places: ReadonlyMap<Row, PlacedRow>,
  events: readonly CorrelationEvent[],
): PlacedEvent[] {
  const place = places.get(row);
  return place ? events.map((event) => ({ row, place, event })) : [];
}

function placeOf(row: Row, createdOn: number, now: number): PlacedRow {
  const { blob, offset } = row.source;
  return { id: row.id, time: rowTime(row) ?? now, blob: `${blob} ${createdOn}`, offset };
}

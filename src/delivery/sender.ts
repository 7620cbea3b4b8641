/**
 * Sends one lane's rows in order, and finds the rows that fail alone while the destination accepts others.
 *
 * A batch that keeps failing is split, in order, down to single rows. A row that fails alone repeatedly is a suspect: the rows
 * behind it are tried, and once the destination accepts anything the suspect is isolated (a dead letter that is tried again), so
 * that one row never holds up the rest. Where nothing is accepted from anybody the destination is down and every row waits.
 * ARCHITECTURE.md beside this file has the rules in full.
 */
import type { RawRow } from '../blobs/rows/raw-row.ts';
import { RowsRefusedError } from '../destinations/errors.ts';
import type { Clock } from '../shared/clock.ts';
import { makeBatch } from './batch.ts';
import { DestinationDownError, LaneApartError, LaneWaitsError } from './errors.ts';
import { type Mark, TABLE_FAILURES } from './evidence.ts';
import {
  type Answer,
  askedWait,
  type FailureKind,
  isSendError,
  kindOf,
  mayPass,
  type SendError,
  withAnswer,
} from './failure.ts';
import type { ManagedDestination } from './managed-destination.ts';
import { backoffMs, type RetryPolicy } from './retry-policy.ts';
import type { Encoded } from './segment.ts';

/** Where a row lies in the blob, as logical offsets: its first byte, and just behind its line end. */
export type RowPlace = Pick<RawRow, 'offset' | 'end'>;

/** One delivery, and the row that it was made of. */
export interface Item {
  readonly encoded: Encoded;
  /** Where its row is. */
  readonly place: RowPlace;
  /** Bytes that wait with it: its own, and with the first delivery of a row the row's. */
  readonly memory: number;
  /** No other delivery of its row comes behind it. */
  readonly endsRow: boolean;
}

/** A delivery that failed alone, with every answer that its destination gave. */
export interface FailedItem {
  readonly item: Item;
  readonly error: SendError;
  /** Times it was sent alone in this visit. */
  readonly tries: number;
  /** Not empty; each different answer once. */
  readonly answers: readonly Answer[];
}

export interface SenderContext {
  /** Identifies the path from one blob to one destination; the same in every visit. */
  readonly lane: string;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Aborted: what waits for its turn or for a retry ends at once; a request under way is answered first. */
  readonly stop: AbortSignal;
  /** Called before each request; throws when nothing may be sent any more. */
  readonly guard: () => void;
  /**
   * Asked once, before the first request: undefined is yes, else when to ask again, ms since the epoch. Only what has a row to send asks:
   * a probe that is taken for a blob without one tells nobody anything.
   */
  readonly admit?: (() => Promise<number | undefined>) | undefined;
  /** The destination accepted rows since this cursor's rows failed last. */
  readonly isProvenAlive: boolean;
  /** How many visits in a row this cursor's own rows were not accepted. */
  readonly attempts: number;
  /** Rows that begin before this logical offset have each failed alone in an earlier visit. */
  readonly scanned: number;
  /** Bytes of memory that suspects may take while they wait for proof. */
  readonly suspectBytes: number;
  /** These were accepted, in order. */
  readonly onAccepted: (items: readonly Item[], seconds: number) => void;
  /** Makes these dead letters; what it throws ends the lane, and the offset does not pass them. */
  readonly onIsolated: (failed: readonly FailedItem[]) => Promise<void>;
}

/** So often at least a row fails alone before it is a suspect, by what happened last. */
const TRIES_ALONE: Readonly<Record<Exclude<FailureKind, 'unreached'>, number>> = {
  refused: 2,
  silent: 2,
  failed: 3,
  busy: 5,
};
/** A request that is not answered in time is rarer than other passing trouble, and costs the whole time-out: it counts as so many. */
const DOUBT_OF_SILENCE = 3;
/** How often a batch fails as a whole before it is split, if the destination has accepted nothing meanwhile. */
const TRIES_TOGETHER = 4;
/** After so many visits in which a destination asks only these rows to wait, it counts as refusing them; until then its waits are obeyed. */
const OBEYING_VISITS = 2;
/** Suspects and requests after which a lane gives up if the destination accepts nothing from any lane. */
const SUSPECTS_WITHOUT_LIFE = 5;
/** The same for a later visit, which is a probe: it starts behind the rows that failed before. */
const SUSPECTS_OF_PROBE = 3;
const REQUESTS_WITHOUT_LIFE = 16;
/** The same for a probe that has found one row more that fails. */
const REQUESTS_OF_PROBE = 12;
/** And the least time for it, where `retry_for` is shorter. Milliseconds. */
const PATIENCE_WITHOUT_LIFE_MS = 30_000;
/** Suspects and requests after which a lane gives up although the destination accepts others. */
const MOST_SUSPECTS = TABLE_FAILURES;
const MOST_REQUESTS = 120;
/** A visit that finds one bad row after the other ends after this. Milliseconds. */
const SEARCH_MS = 3 * 60_000;
/** Rows that failed alone in earlier visits and wait for proof. */
const MOST_PRESUMED = 500;
/** A request that times out costs its whole time-out, so that such a batch is cut into more parts at once. */
const PARTS_OF_SILENT = 8;
/** The longest pause between two tries of one row alone, whose number is what counts. Milliseconds. */
const LONGEST_ALONE_MS = 1_000;
/** How long a lane that gives up waits for another lane's acceptance. Milliseconds, and at most a quarter of `retry_for`. */
const EVIDENCE_WAIT_MS = 2_000;
/** Pause of a lane whose rows fail while others are accepted: doubled with each visit. Milliseconds. */
const APART_MIN_MS = 5_000;
const APART_MAX_MS = 5 * 60_000;

/** Rows that go out in one request. */
interface Part {
  readonly items: readonly Item[];
  /** It is what a failed part was cut into. */
  readonly isCut: boolean;
  /** Monotonic time of its first request. */
  readonly since: number | undefined;
  readonly failures: number;
  /** The number of failures, with each time-out counted as {@link DOUBT_OF_SILENCE}. */
  readonly doubt: number;
  /** Taken at its first failure. */
  readonly mark: Mark | undefined;
  readonly answers: readonly Answer[];
}

interface Suspect extends FailedItem {
  /** Taken when it first failed alone. */
  readonly mark: Mark;
}

export class LaneSender {
  readonly #target: ManagedDestination;
  readonly #context: SenderContext;
  #isAdmitted = false;
  #wasOpen = false;
  #parts: Part[] = [];
  #suspects: Suspect[] = [];
  #suspectBytes = 0;
  /** Rows that begin before this offset failed alone in an earlier visit; but for the first, they are not sent again before another row is accepted. */
  #scanned: number;
  #hasFailed: boolean;
  /** Rows that begin before this offset failed in earlier visits, and the destination accepted others since. */
  #provenTo: number;
  readonly #began: number;
  #hasTaken = false;
  #isAtEnd = false;
  /** Where the first row of this visit begins. */
  #first = 0;
  #mark: Mark | undefined;
  #fruitless = 0;
  /** Taken when the last request was sent. */
  #asked: Mark = 0;
  #hasAccepted = false;
  #fruitlessSince = 0;

  constructor(target: ManagedDestination, context: SenderContext) {
    this.#target = target;
    this.#context = context;
    this.#scanned = context.scanned;
    this.#hasFailed = context.attempts > 0;
    this.#provenTo = context.isProvenAlive ? context.scanned : 0;
    this.#began = context.clock.monotonic();
  }

  /** The first item that is neither accepted nor isolated. */
  get oldest(): Item | undefined {
    return this.#suspects[0]?.item ?? this.#parts[0]?.items[0];
  }

  /** Bytes of memory that suspects take. */
  get suspectBytes(): number {
    return this.#suspectBytes;
  }

  /**
   * Logical offset behind the last suspect: everything from `oldest` up to there has failed alone. Undefined: no suspects. 0: there was
   * no row behind them, so that the search has to start over.
   */
  get scannedTo(): number | undefined {
    const last = this.#suspects.at(-1);
    if (last && this.#isAtEnd) return 0;
    // What an earlier visit scanned stays scanned though this one ended before it came so far.
    return last && Math.max(last.item.place.end, this.#scanned);
  }

  /** Adds rows. They follow all rows that were added before, which have been sent. */
  take(items: readonly Item[]): void {
    if (this.#suspects.length === 0) this.#mark = undefined;
    // The visit's first row failed in the visit before, be it alone or among others. Rows of later batches may never have been sent:
    // an acceptance before they fail says nothing about them.
    if (!this.#hasTaken && this.#context.isProvenAlive) {
      this.#provenTo = Math.max(this.#provenTo, items[0]?.place.end ?? 0);
    }
    if (!this.#hasTaken) this.#first = items[0]?.place.offset ?? 0;
    this.#hasTaken = true;
    this.#parts.push(...this.#firstParts(items));
  }

  /**
   * Sends what was taken. Resolves when each of its rows is accepted, isolated, or a suspect that waits for proof.
   *
   * Throws {@link DestinationDownError}, {@link LaneApartError}, {@link LaneWaitsError}, the guard's error, or the signal's reason.
   */
  async send(): Promise<void> {
    for (let part = this.#parts[0]; part; part = this.#parts[0]) {
      if (this.#isPresumed(part)) {
        this.#parts.shift();
        for (const item of part.items) this.#suspect(presumed(item, this.#target.evidence.mark()));
        if (this.#suspects.length > MOST_PRESUMED || this.#isTooMuch()) await this.end();
        continue;
      }
      if (part.items.length > 1 && this.#goesOneByOne(part)) {
        this.#parts.splice(0, 1, ...cutFirst(part));
        continue;
      }
      await this.#ask();
      const began = this.#context.clock.monotonic();
      const error = await this.#request(part);
      if (error === undefined) await this.#accepted(part, began);
      else await this.#failed({ ...part, since: part.since ?? began }, error);
    }
  }

  /**
   * No more rows come: decides about the suspects. Throws {@link DestinationDownError} or {@link LaneApartError} where nothing
   * proves that it is they who fail.
   */
  async end(): Promise<void> {
    const last = this.#suspects.at(-1);
    if (!last) return;
    if (!this.#isProven(last)) await this.#waitForEvidence(this.#evidenceWaitMs);
    await this.#isolateProven();
    if (this.#suspects.length === 0) return;
    // One of them may have failed by the destination's own trouble, and would never be sent again behind one that fails by itself.
    this.#isAtEnd = true;
    await this.#giveUp(last.error, last.mark);
  }

  /** Releases everything. */
  drop(): void {
    this.#parts = [];
    this.#suspects = [];
    this.#suspectBytes = 0;
  }

  #firstParts(items: readonly Item[]): readonly Part[] {
    const known = this.#scanned === 0 ? [] : items.filter(({ place }) => place.offset < this.#scanned);
    const rest = items.slice(known.length);
    const isFirst = this.#suspects.length === 0 && this.#parts.length === 0;
    const first = known.length > 0 && isFirst ? [known.slice(0, 1), known.slice(1)] : [known];
    return [...first, rest].filter((part) => part.length > 0).map((part) => partOf(part, false));
  }

  /** A row that failed alone in an earlier visit; the first one of them is tried once more, as it tells whether they may pass now. */
  #isPresumed({ items }: Part): boolean {
    const [first] = items;
    return first !== undefined && first.place.offset < this.#scanned && this.#suspects.length > 0;
  }

  /** Whether the first row is to be sent alone. */
  #goesOneByOne({ isCut }: Part): boolean {
    // It shows that the destination lives; were the suspects then impossible to store, it alone would be sent again.
    if (this.#suspects.length > 0) return true;
    // A visit before this one ended by the failure of these rows: one row tells as much as a batch.
    return this.#hasFailed && !isCut;
  }

  async #ask(): Promise<void> {
    if (this.#isAdmitted) return;
    const until = await this.#context.admit?.();
    if (until !== undefined) throw new LaneWaitsError(until);
    this.#isAdmitted = true;
    this.#wasOpen = this.#target.breaker.record !== undefined;
  }

  async #request(part: Part): Promise<SendError | undefined> {
    const { guard, lane, signal, stop } = this.#context;
    const { destination, slots, breaker } = this.#target;
    const items = part.items.map(({ encoded }) => encoded);
    const batch = makeBatch(lane, items, destination.encoding);
    try {
      await slots.run(
        async () => {
          stop.throwIfAborted();
          guard();
          if ((part.failures > 0 || this.#fruitless > 0) && breaker.record && !this.#wasOpen) {
            throw new DestinationDownError(breaker.record.code, breaker.record.message);
          }
          this.#asked = this.#target.evidence.mark();
          await destination.send(batch, signal);
        },
        AbortSignal.any([signal, stop]),
        { suspect: part.failures > 0 || part.isCut || this.#context.attempts > 0 },
      );
      return undefined;
    } catch (error) {
      if (isSendError(error)) return error;
      throw error;
    }
  }

  async #accepted(part: Part, began: number): Promise<void> {
    const { evidence, breaker, holds } = this.#target;
    const tables = tablesOf(part.items);
    this.#fruitless = 0;
    this.#hasAccepted = true;
    this.#hasFailed = false;
    this.#provenTo = this.#failedBefore(part);
    this.#scanned = 0;
    evidence.accepted(tables, part.failures);
    await breaker.succeeded();
    for (const table of tables) await holds.accepted(table);
    // Before the offset passes them, and before anything behind them counts as delivered.
    await this.#isolate(this.#suspects.length);
    this.#parts.shift();
    this.#context.onAccepted(part.items, (this.#context.clock.monotonic() - began) / 1000);
  }

  /**
   * The offset up to which rows failed in the visit before, and so before this acceptance. They are sent again anyway. Otherwise a row of
   * which one delivery is accepted and another is not would make every visit start its search over, for ever.
   */
  #failedBefore({ items }: Part): number {
    const last = items.at(-1);
    const isSplit =
      this.#context.attempts > 0 && last?.endsRow === false && last.place.offset === this.#first;
    return Math.max(this.#scanned, isSplit ? last.place.end : 0);
  }

  async #failed(part: Part, error: SendError): Promise<void> {
    const { evidence } = this.#target;
    // Retries of a whole batch are bounded by their time; what is counted is the search for the rows that fail.
    if (part.isCut || part.items.length === 1) {
      if (this.#fruitless++ === 0) this.#fruitlessSince = part.since ?? this.#context.clock.monotonic();
    }
    const failed: Part = {
      ...part,
      failures: part.failures + 1,
      doubt: part.doubt + (kindOf(error) === 'silent' ? DOUBT_OF_SILENCE : 1),
      mark: part.mark ?? evidence.mark(),
      answers: withAnswer(part.answers, error),
    };
    this.#mark ??= failed.mark;
    this.#parts[0] = failed;
    const kind = kindOf(error);
    if (kind === 'unreached' || (kind === 'busy' && this.#obeys)) {
      if (await this.#pausedFor(failed, error)) return;
      // Others were accepted since these rows were asked to wait first: it is not the others who are asked now.
      if (kind === 'busy' && this.#isAlive()) throw this.#apart(error);
      await this.#giveUp(error, failed.mark);
    }
    if (kind === 'silent' && this.#isSilentToAll()) {
      if (!(await this.#pausedFor(failed, error))) await this.#giveUp(error, failed.mark);
      return;
    }
    if (failed.items.length === 1) await this.#failedAlone(failed, error);
    else await this.#failedTogether(failed, error);
    if (this.#fruitless >= MOST_REQUESTS) await this.#giveUp(error, failed.mark);
  }

  /**
   * Whether the destination accepted nothing from any lane while a request waited for its time-out. A search for the row at fault would
   * cost a time-out each time: that is for a later visit, when it is still so.
   */
  #isSilentToAll(): boolean {
    const { attempts } = this.#context;
    return attempts === 0 && !this.#hasAccepted && !this.#target.evidence.acceptedSince(this.#asked);
  }

  /** Whether a wait that the destination asks for applies to all rows, and not only to these. */
  get #obeys(): boolean {
    return this.#context.attempts < OBEYING_VISITS || !this.#isAlive();
  }

  /** Several rows failed in one request: try again, or split. */
  async #failedTogether(part: Part, error: SendError): Promise<void> {
    const isAccepting = part.mark !== undefined && this.#target.evidence.acceptedSince(part.mark);
    // One time-out while the destination accepts other rows is as strong a sign as two failures.
    const isIgnored = kindOf(error) === 'silent' && this.#target.evidence.acceptedSince(this.#asked);
    // Without a sign of life the first row alone is tried next: it asks the same, and may be accepted.
    const isTriedEnough = part.failures >= (isAccepting ? 2 : TRIES_TOGETHER);
    const isCutAtOnce = part.isCut || !mayPass(error) || isIgnored || isTriedEnough;
    if (!isCutAtOnce && (await this.#pausedFor(part, error))) return;
    await this.#giveUpWithoutLife(error);
    this.#parts.splice(0, 1, ...(this.#isAlive() ? cut(part, error) : cutFirst(part)));
  }

  /** One row failed alone: try again, or make it a suspect. */
  async #failedAlone(part: Part, error: SendError): Promise<void> {
    const [item] = part.items;
    const kind = kindOf(error);
    if (!item || part.mark === undefined || kind === 'unreached') return;
    if (!this.#isTriedEnough(part, kind)) {
      await this.#giveUpWithoutLife(error);
      const { policy } = this.#context;
      const asked = this.#obeys ? askedWait(error) : 0;
      if (asked > policy.retryForMs) await this.#giveUp(error, part.mark);
      const pause = Math.min(backoffMs(policy, part.failures), policy.retryForMs / 4, LONGEST_ALONE_MS);
      await this.#pause(Math.max(asked, pause));
      return;
    }
    this.#parts.shift();
    const { failures, answers, mark } = part;
    this.#suspect({ item, error, tries: failures, answers, mark });
    const { table, id, source } = item.encoded.head;
    this.#target.evidence.failedAlone(table, `${id} ${source.offset}`);
    await this.#giveUpOnTable(table, error);
    await this.#giveUpWithoutLife(error);
    if (this.#isTooMuch()) await this.end();
    await this.#giveUpInTime(error, mark);
  }

  /**
   * The more often this destination's requests fail and then pass, the more tries a row gets. The first row of a later visit gets them
   * too, because the rows that failed alone behind it in an earlier visit are judged by its result.
   */
  #isTriedEnough({ failures, doubt }: Part, kind: Exclude<FailureKind, 'unreached'>): boolean {
    return failures >= TRIES_ALONE[kind] && doubt >= this.#target.evidence.triesAlone;
  }

  /** Throws where the search has taken so long that others are to have this visit's place; it goes on in the next. */
  async #giveUpInTime(error: SendError, mark: Mark): Promise<void> {
    if (this.#context.clock.monotonic() - this.#began < SEARCH_MS) return;
    if (this.#target.evidence.acceptedSince(mark)) await this.#giveUp(error, mark);
  }

  #suspect(suspect: Suspect): void {
    this.#suspects.push(suspect);
    this.#suspectBytes += suspect.item.memory;
  }

  #isTooMuch(): boolean {
    return this.#suspectBytes > this.#context.suspectBytes;
  }

  /** Suspects of this visit, without those of earlier ones. */
  get #found(): number {
    return this.#suspects.filter(({ tries }) => tries > 0).length;
  }

  /** Whether a row that no earlier visit had scanned is a suspect now. */
  get #hasScanned(): boolean {
    return (this.#suspects.at(-1)?.item.place.offset ?? -1) >= this.#context.scanned;
  }

  /** Isolates the first so many suspects. */
  async #isolate(count: number): Promise<void> {
    if (count === 0) return;
    await this.#context.onIsolated(this.#suspects.slice(0, count));
    for (const { item } of this.#suspects.splice(0, count)) this.#suspectBytes -= item.memory;
  }

  /** Whether the destination accepted something after a row had failed alone. */
  #isProven({ item, mark }: Suspect): boolean {
    return item.place.offset < this.#provenTo || this.#target.evidence.acceptedSince(mark);
  }

  async #isolateProven(): Promise<void> {
    const first = this.#suspects.findIndex((suspect) => !this.#isProven(suspect));
    await this.#isolate(first < 0 ? this.#suspects.length : first);
  }

  /** Whether the destination accepted something since this lane's rows failed first. */
  #isAlive(): boolean {
    const first = this.#suspects[0];
    if (first) return this.#isProven(first);
    const next = this.#parts[0]?.items[0];
    if (next && next.place.offset < this.#provenTo) return true;
    return this.#mark !== undefined && this.#target.evidence.acceptedSince(this.#mark);
  }

  /** Throws where a table's rows all fail while the destination accepts others: the table is held. */
  async #giveUpOnTable(table: string, error: SendError): Promise<void> {
    const { evidence, holds } = this.#target;
    // A probe looks a little beyond the rows that made the hold: those may all be bad, and the table not.
    const isRefused = holds.isHeld(table)
      ? this.#found >= SUSPECTS_WITHOUT_LIFE
      : evidence.isRefusedWhole(table) || this.#found >= MOST_SUSPECTS;
    if (!isRefused || !this.#isAlive()) return;
    const until = await holds.failed(table, error);
    throw new LaneApartError(
      error.code,
      `${table} is held for ${this.#target.destination.name}: ${error.message}`,
      {
        cause: error,
        until,
        isTableHeld: true,
      },
    );
  }

  /** Throws if so many tries failed that the destination counts as down. */
  async #giveUpWithoutLife(error: SendError): Promise<void> {
    if (this.#isAlive()) return;
    const { clock, policy } = this.#context;
    const patience = Math.max(policy.retryForMs, PATIENCE_WITHOUT_LIFE_MS);
    // An alert about a row that fails may be what its destination accepts.
    const isWhole = this.#suspects.at(-1)?.item.endsRow !== false;
    const isOver =
      this.#found >= (this.#context.attempts > 0 ? SUSPECTS_OF_PROBE : SUSPECTS_WITHOUT_LIFE) ||
      this.#fruitless >= this.#requestsWithoutLife ||
      (this.#context.attempts > 0 && this.#hasScanned && this.#fruitless >= REQUESTS_OF_PROBE) ||
      // Not before one row more is known to fail: a later visit would be no further.
      (this.#hasScanned && clock.monotonic() - this.#fruitlessSince > patience);
    const isFarOver = this.#fruitless >= this.#requestsWithoutLife + this.#target.evidence.triesAlone;
    if (isWhole ? isOver : isFarOver) throw this.#down(error);
  }

  /** Enough to try the first row again and to find one more that fails: with fewer each visit would end where the one before did. */
  get #requestsWithoutLife(): number {
    return Math.max(REQUESTS_WITHOUT_LIFE, 2 * this.#target.evidence.triesAlone + 2);
  }

  /**
   * Ends the lane: apart where the destination accepted others after the mark, which was taken when these rows failed first.
   * So a cursor whose visit ended apart, or whose destination's breaker is closed again, is known to fail alone.
   */
  async #giveUp(error: SendError, mark: Mark | undefined): Promise<never> {
    await this.#isolateProven();
    const { evidence } = this.#target;
    // Gives the requests in flight of other lanes a moment to finish: the breaker would stop all of them.
    if (mark !== undefined && !evidence.acceptedSince(mark))
      await this.#waitForEvidence(this.#evidenceWaitMs);
    if (mark !== undefined && evidence.acceptedSince(mark)) throw this.#apart(error);
    throw this.#down(error);
  }

  get #evidenceWaitMs(): number {
    return Math.min(EVIDENCE_WAIT_MS, this.#context.policy.retryForMs / 4);
  }

  #down(error: SendError): DestinationDownError {
    const { name } = this.#target.destination;
    const code = error instanceof RowsRefusedError ? 'refuses_all_rows' : error.code;
    const what = mayPass(error) ? 'is down' : 'refuses us';
    return new DestinationDownError(code, `${name} ${what}: ${error.message}`, {
      cause: error,
      retryAfterMs: askedWait(error) || undefined,
    });
  }

  #apart(error: SendError): LaneApartError {
    const { clock, attempts } = this.#context;
    const pause = Math.min(APART_MAX_MS, APART_MIN_MS * 2 ** Math.min(attempts, 10));
    return new LaneApartError(
      error.code,
      `${this.#target.destination.name} fails these rows: ${error.message}`,
      {
        cause: error,
        until: clock.now() + Math.max(pause, askedWait(error)),
      },
    );
  }

  /** Waits before the same request is sent again. False where its time is over, or would be. */
  async #pausedFor(part: Part, error: SendError): Promise<boolean> {
    const { clock, policy } = this.#context;
    if (!mayPass(error)) return false;
    const wait = Math.max(askedWait(error), backoffMs(policy, part.failures));
    const over = (part.since ?? clock.monotonic()) + policy.retryForMs;
    if (clock.monotonic() + wait >= over) return false;
    // Another lane's acceptance shows what the rest of the pause would: these rows fail, not the destination.
    const isTold = part.failures >= 2 && part.items.length > 1 && askedWait(error) === 0;
    await (isTold ? this.#waitForEvidence(wait) : this.#pause(wait));
    return true;
  }

  async #pause(ms: number): Promise<void> {
    const { clock, signal, stop } = this.#context;
    if (ms > 0) await clock.sleep(ms, AbortSignal.any([signal, stop]));
  }

  /** Waits for the next acceptance of any lane, no longer than so many milliseconds. */
  async #waitForEvidence(ms: number): Promise<void> {
    const { clock, signal, stop } = this.#context;
    if (ms <= 0) return;
    const over = new AbortController();
    const ending = AbortSignal.any([over.signal, signal, stop]);
    await Promise.race([
      this.#target.evidence.nextAcceptance(ending),
      clock.sleep(ms, ending).catch(() => {}),
    ]);
    over.abort();
    signal.throwIfAborted();
    stop.throwIfAborted();
  }
}

/** Nearly always one: a blob has the rows of one table. */
function tablesOf(items: readonly Item[]): ReadonlySet<string> {
  const tables = new Set<string>();
  let last: string | undefined;
  for (const { encoded } of items) {
    if (encoded.head.table !== last) tables.add(encoded.head.table);
    last = encoded.head.table;
  }
  return tables;
}

function partOf(items: readonly Item[], isCut: boolean): Part {
  return { items, isCut, since: undefined, failures: 0, doubt: 0, mark: undefined, answers: [] };
}

/** The first row, and the rest. */
function cutFirst({ items }: Part): readonly Part[] {
  return [items.slice(0, 1), items.slice(1)]
    .filter((part) => part.length > 0)
    .map((part) => partOf(part, true));
}

/**
 * Cuts around the first row that was named, else into halves, or into more where each failure costs a time-out. A named row is
 * tried once more alone: should the destination count otherwise than we do, no innocent row is isolated.
 */
function cut({ items }: Part, error: SendError): readonly Part[] {
  const rows = error instanceof RowsRefusedError ? error.rows : undefined;
  const named = Math.min(...(rows ?? []).filter((row) => row in items));
  const bounds = Number.isFinite(named)
    ? [0, named, named + 1, items.length]
    : evenly(items.length, kindOf(error) === 'silent' ? PARTS_OF_SILENT : 2);
  return bounds
    .slice(1)
    .map((end, index) => items.slice(bounds[index], end))
    .filter((part) => part.length > 0)
    .map((part) => partOf(part, true));
}

function evenly(length: number, parts: number): readonly number[] {
  return Array.from({ length: parts + 1 }, (_, index) => Math.floor((length * index) / parts));
}

/** What failed alone in an earlier visit; what its destination said then is not kept. */
function presumed(item: Item, mark: Mark): Suspect {
  const error = new RowsRefusedError('failed_alone', 'It failed alone in an earlier visit');
  return { item, error, tries: 0, answers: [{ code: error.code, message: error.message }], mark };
}

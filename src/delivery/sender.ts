/**
 * Sends one lane's rows in order, and finds the rows that fail alone while the destination accepts others.
 *
 * A batch that keeps failing is split, in order, down to single rows. A row that fails alone repeatedly is a suspect: the rows
 * behind it are tried, and once the destination accepts any row, the suspect is isolated (stored as a dead letter and retried), so
 * that one row never blocks the others. If the destination accepts nothing from any lane, it is down and every row waits.
 * ARCHITECTURE.md beside this file has the complete rules.
 */
import { RowsRefusedError } from '../destinations/errors.ts';
import type { Batch, Pipeline } from '../destinations/port.ts';
import { codeOf } from '../shared/errors.ts';
import type { Span } from '../shared/tracing.ts';
import { Ahead } from './ahead.ts';
import { makeBatch } from './batch.ts';
import { DestinationDownError, LaneApartError, LaneStoppedError, LaneWaitsError } from './errors.ts';
import type { Mark } from './evidence.ts';
import { askedWait, type FailureKind, isSendError, kindOf, mayPass, type SendError } from './failure.ts';
import type { ManagedDestination } from './managed-destination.ts';
import { cut, cutFirst, failedAgain, type Part, partOf } from './parts.ts';
import { backoffMs } from './retry-policy.ts';
import {
  APART_MAX_MS,
  APART_MIN_MS,
  EVIDENCE_WAIT_MS,
  LONGEST_ALONE_MS,
  MOST_PRESUMED,
  MOST_REQUESTS,
  MOST_SUSPECTS,
  OBEYING_VISITS,
  PATIENCE_WITHOUT_LIFE_MS,
  REQUESTS_OF_PROBE,
  REQUESTS_WITHOUT_LIFE,
  SEARCH_MS,
  SUSPECTS_OF_PROBE,
  SUSPECTS_WITHOUT_LIFE,
  TRIES_ALONE,
  TRIES_TOGETHER,
} from './search-limits.ts';
import type { Encoded } from './segment.ts';
import type { SenderContext } from './sender-context.ts';
import { presumed, type Suspect, Suspects } from './suspects.ts';

/** When a destination received a batch that it acknowledges later. */
interface Received {
  readonly at: Mark;
  /** Whether it counted as down then. */
  readonly isDown: boolean;
  /** The tables of the batch that were held then. */
  readonly held: readonly string[];
}

export class LaneSender {
  readonly #target: ManagedDestination;
  readonly #context: SenderContext;
  #isAdmitted = false;
  #wasOpen = false;
  #parts: Part[] = [];
  readonly #suspects = new Suspects();
  /** Rows that begin before this offset failed alone in an earlier visit. Except for the first, they are not sent again before another row is accepted. */
  #scanned: number;
  #hasFailed: boolean;
  /** Rows that begin before this offset failed in earlier visits, and the destination accepted others since. */
  #provenTo: number;
  readonly #began: number;
  #hasTaken = false;
  #isAtEnd = false;
  /** The offset of the first row of this visit. */
  #first = 0;
  #mark: Mark | undefined;
  #fruitless = 0;
  /** Where a destination acknowledges later: the position of the last request, which the destination received no earlier. */
  #sentAt: Mark | undefined;
  /** The mark taken when the last request was sent. */
  #asked: Mark = 0;
  #hasAccepted = false;
  #fruitlessSince = 0;
  readonly #pipeline: Pipeline | undefined;
  readonly #ahead: Ahead;
  /** Ends the waits for acknowledgements when the lane ends. */
  readonly #dropped = new AbortController();

  constructor(target: ManagedDestination, context: SenderContext) {
    this.#target = target;
    this.#context = context;
    this.#scanned = context.scanned;
    this.#hasFailed = context.attempts > 0;
    this.#provenTo = context.isProvenAlive ? context.scanned : 0;
    this.#began = context.clock.monotonic();
    this.#pipeline = target.destination.openPipeline?.();
    this.#ahead = new Ahead({
      now: () => context.clock.monotonic(),
      deliver: (items, onReceived) => this.#deliver(items, onReceived),
      mayGo: () => this.#mayGoAhead,
      sealed: context.sealed,
    });
  }

  /** The first item that is neither accepted nor isolated. */
  get oldest(): Encoded | undefined {
    return this.#suspects.first?.item ?? this.#parts[0]?.items[0];
  }

  /** The bytes of memory that suspects take. */
  get suspectBytes(): number {
    return this.#suspects.bytes;
  }

  /** The bytes of memory of batches that were handed over and are not acknowledged. */
  get awaitedBytes(): number {
    return this.#ahead.memory;
  }

  /** Whether a batch was handed over before its turn. */
  isAhead(items: readonly Encoded[]): boolean {
    return this.#ahead.has(items);
  }

  /** Hands further sealed batches over, where the destination acknowledges later than it receives. */
  goAhead(): void {
    this.#ahead.next();
  }

  /** Resolves when no request is on its way, so that nothing is sent any more once the lane has ended. */
  quiet(): Promise<void> {
    return this.#ahead.quiet();
  }

  /**
   * The logical offset behind the last suspect: everything from `oldest` up to this offset has failed alone. Undefined if there are no
   * suspects; 0 if there was no row behind them, so that the search must start over.
   */
  get scannedTo(): number | undefined {
    const last = this.#suspects.last;
    if (last && this.#isAtEnd) return 0;
    // Rows that an earlier visit scanned stay scanned, even if this visit ended before it reached them.
    return last && Math.max(last.item.offsetBehind, this.#scanned);
  }

  /** Adds rows, which follow all rows added before. Those must have been sent. */
  take(items: readonly Encoded[]): void {
    if (this.#suspects.count === 0) this.#mark = undefined;
    // The visit's first row failed in the visit before, alone or among others. The rows of later batches may never have been sent, so an
    // acceptance before they fail proves nothing about them.
    if (!this.#hasTaken && this.#context.isProvenAlive) {
      this.#provenTo = Math.max(this.#provenTo, items[0]?.offsetBehind ?? 0);
    }
    if (!this.#hasTaken) this.#first = items[0]?.offset ?? 0;
    this.#hasTaken = true;
    this.#parts.push(...this.#firstParts(items));
  }

  /**
   * Sends the added rows. Resolves when each of them is accepted, isolated, or a suspect that waits for proof.
   *
   * Throws {@link DestinationDownError}, {@link LaneApartError}, {@link LaneWaitsError}, the guard's error, or the signal's reason.
   */
  async send(): Promise<void> {
    for (let part = this.#parts[0]; part; part = this.#parts[0]) {
      if (this.#isPresumed(part)) {
        this.#parts.shift();
        for (const item of part.items) this.#suspects.add(presumed(item, this.#target.evidence.mark()));
        if (this.#suspects.count > MOST_PRESUMED || this.#isTooMuch()) await this.end();
        continue;
      }
      if (part.items.length > 1 && !this.#ahead.has(part.items) && this.#goesOneByOne(part)) {
        this.#parts.splice(0, 1, ...cutFirst(part));
        continue;
      }
      if (this.#reaches(part)) await this.#ask();
      const began = this.#context.clock.monotonic();
      if (this.#isHandedOver(part)) {
        const { error, ms } = await this.#ahead.outcome(part.items);
        if (error === undefined) await this.#acknowledged(part, ms);
        else await this.#failed({ ...part, since: part.since ?? began }, error);
        continue;
      }
      const error = await this.#request(part);
      if (error === undefined) await this.#accepted(part, began);
      else await this.#failed({ ...part, since: part.since ?? began }, error);
    }
  }

  /**
   * Called when no more rows come: decides about the suspects. Throws {@link DestinationDownError} or {@link LaneApartError} if nothing
   * proves that the suspects, and not the destination, are to blame.
   *
   * @param fault why the next row could not be encoded, if so; the lane then ends by it: apart from the others if the destination has
   *   accepted rows since this cursor's rows last failed, or in this visit.
   */
  async end(fault?: SendError): Promise<void> {
    await this.#endSuspects();
    if (!fault) return;
    await this.#ask();
    throw this.#hasAccepted || this.#context.isProvenAlive ? this.#apart(fault) : this.#down(fault);
  }

  async #endSuspects(): Promise<void> {
    const last = this.#suspects.last;
    if (!last) return;
    if (!this.#isProven(last)) await this.#waitForEvidence(this.#evidenceWaitMs);
    await this.#isolateProven();
    if (this.#suspects.count === 0) return;
    // A suspect may have failed because of the destination. If the next visit skipped the suspects, it would never be sent again, as long as a row before it keeps failing.
    this.#isAtEnd = true;
    await this.#giveUp(last.error, last.mark);
  }

  /** Drops all items. */
  drop(): void {
    this.#dropped.abort(new LaneStoppedError());
    this.#parts = [];
    this.#suspects.drop(this.#suspects.count);
  }

  #firstParts(items: readonly Encoded[]): readonly Part[] {
    if (this.#scanned === 0) return [partOf(items, false)];
    const known = items.filter(({ offset }) => offset < this.#scanned);
    const rest = items.slice(known.length);
    const isFirst = this.#suspects.count === 0 && this.#parts.length === 0;
    const first = known.length > 0 && isFirst ? [known.slice(0, 1), known.slice(1)] : [known];
    return [...first, rest].filter((part) => part.length > 0).map((part) => partOf(part, false));
  }

  /** Whether a row is presumed to fail, because it failed alone in an earlier visit. The first such row is sent again, to find out whether they are accepted now. */
  #isPresumed({ items }: Part): boolean {
    const [first] = items;
    return first !== undefined && first.offset < this.#scanned && this.#suspects.count > 0;
  }

  /** Whether the first row must be sent alone. */
  #goesOneByOne({ isCut }: Part): boolean {
    // A single row suffices to prove that the destination accepts rows. If the suspects then cannot be stored, only this row is sent again.
    if (this.#suspects.count > 0) return true;
    // An earlier visit ended because these rows failed, so one row finds out as much as a batch.
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
    const { guard, lane, reading, signal, stop } = this.#context;
    const { destination, slots, breaker } = this.#target;
    const batch = makeBatch(lane, part.items, destination.encoding, reading);
    try {
      await slots.run(
        async () => {
          stop.throwIfAborted();
          guard();
          if ((part.failures > 0 || this.#fruitless > 0) && breaker.record && !this.#wasOpen) {
            throw new DestinationDownError(breaker.record.code, breaker.record.message);
          }
          this.#asked = this.#target.evidence.mark();
          if (this.#pipeline) this.#sentAt = this.#target.evidence.received();
          await traced(this.#span(part, batch), () => destination.send(batch, signal));
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

  /** Whether a part is a whole batch that goes through the pipeline. What is sent again, and every part of a batch, goes by itself. */
  #isHandedOver(part: Part): boolean {
    if (this.#pipeline === undefined || part.isCut || part.failures > 0) return false;
    return this.#ahead.has(part.items) || (this.#isCalm && this.#reaches(part));
  }

  /** Whether nothing has failed that is not settled. */
  get #isCalm(): boolean {
    return this.#suspects.count === 0 && !this.#hasFailed && this.#scanned === 0;
  }

  /** Whether a batch may be handed over before the part that is being sent is accepted: that part was handed over, too, and has not failed. */
  get #mayGoAhead(): boolean {
    const { signal, stop } = this.#context;
    if (this.#pipeline === undefined || !this.#isAdmitted || !this.#isCalm) return false;
    if (stop.aborted || signal.aborted || this.#target.breaker.record !== undefined) return false;
    const [part] = this.#parts;
    return part === undefined || (this.#parts.length === 1 && this.#ahead.has(part.items));
  }

  /** Hands a batch over, and waits for its acknowledgement without a slot, since nothing is on its way meanwhile. */
  async #deliver(items: readonly Encoded[], onReceived: () => void): Promise<void> {
    const { guard, lane, reading, signal, stop, attempts } = this.#context;
    const { destination, slots } = this.#target;
    const pipeline = this.#pipeline;
    let received: Received | undefined;
    if (pipeline === undefined) throw new TypeError(`${destination.name} has no pipeline`);
    this.#context.onHandedOver();
    const batch = makeBatch(lane, items, destination.encoding, reading);
    await traced(this.#span(partOf(items, false), batch), async () => {
      const { acknowledged } = await slots.run(
        async () => {
          stop.throwIfAborted();
          guard();
          this.#asked = this.#target.evidence.mark();
          return pipeline.handOver(batch, AbortSignal.any([signal, this.#dropped.signal]));
        },
        AbortSignal.any([signal, stop]),
        { suspect: attempts > 0 },
      );
      received = this.#received(items);
      onReceived();
      await acknowledged;
    });
    if (!received || !this.#reaches({ items })) return;
    this.#hasAccepted = true;
    await this.#proveLate(tablesOf(items), received);
  }

  #span({ failures }: Part, { id, items }: Batch): Span | undefined {
    const { destination } = this.#target;
    return this.#context.trace?.({
      name: 'send batch',
      kind: 'client',
      attributes: {
        'xdr_relay.destination': destination.name,
        'xdr_relay.destination_type': destination.type,
        'xdr_relay.batch': id,
        'xdr_relay.items': items.length,
        'xdr_relay.bytes': items.reduce((sum, { bytes }) => sum + bytes, 0),
        'xdr_relay.attempt': failures + 1,
      },
    });
  }

  /** Whether the destination itself is asked. Alerts that are only put into the state prove nothing about it, and need no permission. */
  #reaches({ items }: Pick<Part, 'items'>): boolean {
    return this.#target.destination.reaches?.(items) ?? true;
  }

  async #accepted(part: Part, began: number): Promise<void> {
    if (!this.#reaches(part)) {
      this.#parts.shift();
      this.#context.onAccepted(part.items, (this.#context.clock.monotonic() - began) / 1000);
      return;
    }
    this.#fruitless = 0;
    this.#hasAccepted = true;
    this.#hasFailed = false;
    this.#provenTo = this.#failedBefore(part);
    this.#scanned = 0;
    await this.#prove(tablesOf(part.items), part.failures, this.#sentAt);
    // The suspects are stored before the offset passes them, and before any row behind them counts as delivered.
    await this.#isolate(this.#suspects.next(this.#suspects.count));
    this.#parts.shift();
    this.#context.onAccepted(part.items, (this.#context.clock.monotonic() - began) / 1000);
  }

  #received(items: readonly Encoded[]): Received {
    const { evidence, breaker, holds } = this.#target;
    const held = [...tablesOf(items)].filter((table) => holds.isHeld(table));
    return { at: evidence.received(), isDown: breaker.isOpen, held };
  }

  /** Rows are acknowledged that were received before: it proves nothing about what failed since they were received. */
  async #proveLate(tables: ReadonlySet<string>, { at, isDown, held }: Received): Promise<void> {
    const { evidence, breaker, holds } = this.#target;
    evidence.accepted(tables, 0, at);
    if (isDown) await breaker.succeeded();
    for (const table of held) await holds.accepted(table);
  }

  /**
   * The destination has accepted rows.
   * @param failures how many requests with the same rows failed before.
   * @param at see {@link Evidence.accepted}.
   */
  async #prove(tables: ReadonlySet<string>, failures: number, at: Mark | undefined): Promise<void> {
    const { evidence, breaker, holds } = this.#target;
    evidence.accepted(tables, failures, at);
    await breaker.succeeded();
    for (const table of tables) await holds.accepted(table);
  }

  /** A batch that was handed over is acknowledged, perhaps long before its turn: only suspects that failed before that are proven. */
  async #acknowledged(part: Part, ms: number): Promise<void> {
    await this.#isolateProven();
    if (this.#suspects.count === 0) this.#fruitless = 0;
    this.#parts.shift();
    this.#context.onAccepted(part.items, ms / 1000);
  }

  /**
   * The offset up to which rows failed in the visit before, and so before this acceptance. These rows are sent again anyway. Without this, a
   * row with one delivery that is accepted and one that is not would make every visit start its search over.
   */
  #failedBefore({ items }: Part): number {
    const last = items.at(-1);
    const isSplit = this.#context.attempts > 0 && last?.endsRow === false && last.offset === this.#first;
    return Math.max(this.#scanned, isSplit ? last.offsetBehind : 0);
  }

  async #failed(part: Part, error: SendError): Promise<void> {
    this.#context.onFailed?.(error);
    // Only the search for failing rows is counted; retries of a whole batch are limited by time.
    if (part.isCut || part.items.length === 1) {
      if (this.#fruitless++ === 0) this.#fruitlessSince = part.since ?? this.#context.clock.monotonic();
    }
    const failed = failedAgain(part, error, this.#target.evidence.mark());
    this.#mark ??= failed.mark;
    this.#parts[0] = failed;
    const kind = kindOf(error);
    if (kind === 'unreached' || (kind === 'busy' && this.#obeys)) {
      if (await this.#pausedFor(failed, error)) return;
      // The destination has accepted other rows since it first asked these rows to wait, so it means only these rows.
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
   * Whether the destination accepted nothing from any lane while a request timed out. A search for the row at fault would cost one
   * time-out per request, so it is left to a later visit, if the destination still does not respond then.
   */
  #isSilentToAll(): boolean {
    const { attempts } = this.#context;
    return attempts === 0 && !this.#hasAccepted && !this.#target.evidence.acceptedSince(this.#asked);
  }

  /** Whether a pause that the destination asks for applies to all rows, and not only to these. */
  get #obeys(): boolean {
    return this.#context.attempts < OBEYING_VISITS || !this.#isAlive();
  }

  /** Handles the failure of a request with several rows: retries it, or splits it. */
  async #failedTogether(part: Part, error: SendError): Promise<void> {
    const isAccepting = part.mark !== undefined && this.#target.evidence.acceptedSince(part.mark);
    // One time-out while the destination accepts other rows is as strong an indication as two failures.
    const isIgnored = kindOf(error) === 'silent' && this.#target.evidence.acceptedSince(this.#asked);
    // If the destination has accepted nothing, the first row is tried alone next: that tests the same, and may succeed.
    const isTriedEnough = part.failures >= (isAccepting ? 2 : TRIES_TOGETHER);
    // The destination took every row of it once, so no row is suspected before it is sent again as it was.
    if (error.code === 'not_acknowledged' && part.failures === 1 && !part.isCut) return;
    const isCutAtOnce = part.isCut || !mayPass(error) || isIgnored || isTriedEnough;
    if (!isCutAtOnce && (await this.#pausedFor(part, error))) return;
    await this.#giveUpWithoutLife(error);
    this.#parts.splice(0, 1, ...(this.#isAlive() ? cut(part, error) : cutFirst(part)));
  }

  /** Handles the failure of a row alone: retries it, or makes it a suspect. */
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
    this.#suspects.add({ item, error, tries: failures, answers, mark });
    const { table, id, source } = item.head;
    this.#target.evidence.failedAlone(table, `${id} ${source.offset}`);
    await this.#giveUpOnTable(table, error);
    await this.#giveUpWithoutLife(error);
    if (this.#isTooMuch()) await this.end();
    await this.#giveUpInTime(error, mark);
  }

  /**
   * Whether a row was tried often enough. The more often requests of this destination fail and then succeed, the more tries a row gets. The
   * first row of a later visit gets as many, because its result decides about the rows behind it that failed alone in an earlier visit.
   */
  #isTriedEnough({ failures, doubt }: Part, kind: Exclude<FailureKind, 'unreached'>): boolean {
    return failures >= TRIES_ALONE[kind] && doubt >= this.#target.evidence.triesAlone;
  }

  /** Throws if the search has taken so long that other blobs should get this visit's slot. The next visit continues it. */
  async #giveUpInTime(error: SendError, mark: Mark): Promise<void> {
    if (this.#context.clock.monotonic() - this.#began < SEARCH_MS) return;
    if (this.#target.evidence.acceptedSince(mark)) await this.#giveUp(error, mark);
  }

  #isTooMuch(): boolean {
    return this.#suspects.bytes > this.#context.suspectBytes;
  }

  /** Whether a row that no earlier visit had scanned is a suspect now. */
  get #hasScanned(): boolean {
    return (this.#suspects.last?.item.offset ?? -1) >= this.#context.scanned;
  }

  /** Isolates suspects, which are the first. */
  async #isolate(suspects: readonly Suspect[]): Promise<void> {
    if (suspects.length === 0) return;
    await this.#context.onIsolated(suspects);
    this.#suspects.drop(suspects.length);
  }

  /** Whether the destination has accepted rows since a suspect first failed alone. */
  #isProven({ item, mark }: Suspect): boolean {
    return item.offset < this.#provenTo || this.#target.evidence.acceptedSince(mark);
  }

  async #isolateProven(): Promise<void> {
    await this.#isolate(this.#suspects.proven((suspect) => this.#isProven(suspect)));
  }

  /** Whether the destination has accepted rows since this lane's rows first failed. */
  #isAlive(): boolean {
    const { first } = this.#suspects;
    if (first) return this.#isProven(first);
    const next = this.#parts[0]?.items[0];
    if (next && next.offset < this.#provenTo) return true;
    return this.#mark !== undefined && this.#target.evidence.acceptedSince(this.#mark);
  }

  /** Holds the table, and throws, if all of its rows fail while the destination accepts rows of other tables. */
  async #giveUpOnTable(table: string, error: SendError): Promise<void> {
    const { evidence, holds } = this.#target;
    // A probe tries a few more rows than those that led to the hold, because these may all be bad although the table is not.
    const isRefused = holds.isHeld(table)
      ? this.#suspects.found >= SUSPECTS_WITHOUT_LIFE
      : evidence.isRefusedWhole(table) || this.#suspects.found >= MOST_SUSPECTS;
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

  /** Throws if so many tries have failed that the destination counts as down. */
  async #giveUpWithoutLife(error: SendError): Promise<void> {
    if (this.#isAlive()) return;
    const { clock, policy } = this.#context;
    const patience = Math.max(policy.retryForMs, PATIENCE_WITHOUT_LIFE_MS);
    // The destination may accept the alert about a row although it fails the row's event, so all deliveries of a row are tried.
    const isWhole = this.#suspects.last?.item.endsRow !== false;
    const isOver =
      this.#suspects.found >= (this.#context.attempts > 0 ? SUSPECTS_OF_PROBE : SUSPECTS_WITHOUT_LIFE) ||
      this.#fruitless >= this.#requestsWithoutLife ||
      (this.#context.attempts > 0 && this.#hasScanned && this.#fruitless >= REQUESTS_OF_PROBE) ||
      // The visit does not end before it has found another row that fails; otherwise the next visit would know no more than this one.
      (this.#hasScanned && clock.monotonic() - this.#fruitlessSince > patience);
    const isFarOver = this.#fruitless >= this.#requestsWithoutLife + this.#target.evidence.triesAlone;
    if (isWhole ? isOver : isFarOver) throw this.#down(error);
  }

  /** Enough requests to try the first row again and to find another row that fails. With fewer, each visit would end where the visit before did. */
  get #requestsWithoutLife(): number {
    return Math.max(REQUESTS_WITHOUT_LIFE, 2 * this.#target.evidence.triesAlone + 2);
  }

  /**
   * Ends the lane: `apart` if the destination has accepted other rows since the mark, which was taken when these rows first failed. So if a
   * cursor's visit ended apart, or if its destination's breaker is closed again, its rows are known to fail alone.
   */
  async #giveUp(error: SendError, mark: Mark | undefined): Promise<never> {
    await this.#isolateProven();
    const { evidence } = this.#target;
    // Requests of other lanes that are in flight get a moment to finish, because the breaker would stop all of them.
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
      isPermanent: !mayPass(error),
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

  /** Waits before the same request is sent again. Returns false if its time is over, or would be after the pause. */
  async #pausedFor(part: Part, error: SendError): Promise<boolean> {
    const { clock, policy } = this.#context;
    if (!mayPass(error)) return false;
    const wait = Math.max(askedWait(error), backoffMs(policy, part.failures));
    const over = (part.since ?? clock.monotonic()) + policy.retryForMs;
    if (clock.monotonic() + wait >= over) return false;
    // If another lane's rows are accepted meanwhile, the rest of the pause is not needed: these rows fail, not the destination.
    const isTold = part.failures >= 2 && part.items.length > 1 && askedWait(error) === 0;
    await (isTold ? this.#waitForEvidence(wait) : this.#pause(wait));
    return true;
  }

  async #pause(ms: number): Promise<void> {
    const { clock, signal, stop } = this.#context;
    if (ms > 0) await clock.sleep(ms, AbortSignal.any([signal, stop]));
  }

  /** Waits for the next acceptance by any lane, at most `ms` milliseconds. */
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
function tablesOf(items: readonly Encoded[]): ReadonlySet<string> {
  const tables = new Set<string>();
  let last: string | undefined;
  for (const { head } of items) {
    if (head.table !== last) tables.add(head.table);
    last = head.table;
  }
  return tables;
}

async function traced(span: Span | undefined, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    span?.end();
  } catch (error) {
    span?.end({}, codeOf(error) ?? 'unexpected');
    throw error;
  }
}

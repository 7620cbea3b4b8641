/** A lane: the path of one blob's rows to one destination during one visit. */
import type { RawRow } from '../blobs/rows/raw-row.ts';
import type { Delivery, EnvelopeHead } from '../destinations/port.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { Span, SpanStart } from '../shared/tracing.ts';
import { copiesOf } from './copies.ts';
import type { DeadLetterStore } from './dead-letters.ts';
import type { Encoder } from './encoder.ts';
import { DestinationDownError, LaneApartError, LaneStoppedError, LaneWaitsError } from './errors.ts';
import { DestinationFaultError } from './fault.ts';
import { Holdings } from './holdings.ts';
import { isolatingLetter } from './isolating.ts';
import type { ManagedDestination } from './managed-destination.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { OpenBatch } from './open-batch.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { RowCounter, type RowCounts } from './row-counts.ts';
import type { Encoded, RowPart } from './segment.ts';
import { LaneSender } from './sender.ts';
import type { FailedItem } from './suspects.ts';

/** The memory of batches that wait for their acknowledgements, as a multiple of a lane's buffer. */
const AWAITED_BUFFERS = 64;

export interface LaneContext {
  /** Identifies the blob and the destination; the same in every visit. */
  readonly id: string;
  /** See {@link Batch.reading}. */
  readonly reading?: string | undefined;
  readonly policy: RetryPolicy;
  /** How many bytes may wait in this lane. */
  readonly bufferBytes: number;
  /** The memory budget of the process. */
  readonly memory: MemoryBudget;
  /** The visit's encoder for this destination, shared with destinations of the same encoding. */
  readonly encoder: Encoder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly deadLetters: DeadLetterStore;
  /** How long a row that fails alone is retried before it stays a dead letter. Milliseconds. */
  readonly isolateAfterMs: number;
  /** Aborts requests in flight. */
  readonly signal: AbortSignal;
  /** Throws if this consumer may no longer hold the claim, so that nothing may be sent. */
  readonly guard: () => void;
  /** Begins a span of this visit; absent where it is not traced. */
  readonly trace?: ((span: Omit<SpanStart, 'parent'>) => Span | undefined) | undefined;
  /** Stores {@link Lane.offset}; resolves when it is stored. */
  readonly commit: () => Promise<void>;
  /** Asks for permission to send, before the first request. Returns undefined for yes, or when to ask again, ms since the epoch. */
  readonly admit?: (() => Promise<number | undefined>) | undefined;
  /** Whether the destination has accepted rows since this cursor's rows last failed, so that rows that fail alone now are isolated. */
  readonly isProvenAlive?: boolean;
  /** In how many consecutive visits this cursor's own rows were not accepted. */
  readonly attempts?: number;
  /** Rows that begin before this logical offset have each failed alone in an earlier visit. */
  readonly scanned?: number;
}

/**
 * How a lane ended. `stopped`: the visit stopped it, and its waiting rows are read again later. `replaced`: the same, because relay.yaml no
 * longer has the destination or has changed it. `down`: the destination accepts nothing
 * from any lane, and its breaker is open. `apart`: the destination accepts other rows, but the rows of this lane must wait until the given
 * time (ms since the epoch), because their table is held or the destination asked for a pause; no other lane waits with them. `waits`: the
 * lane has rows to send, but another lane or consumer probes first whether the destination accepts rows again.
 */
export type LaneEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' | 'replaced' }
  | { readonly kind: 'waits'; readonly until: number }
  | {
      readonly kind: 'down';
      readonly error: DestinationDownError;
      readonly scanned?: number;
      /** False if the open breaker could not be stored, so that no other consumer knows of it and its closing proves nothing. */
      readonly isShared?: boolean;
    }
  | {
      readonly kind: 'apart';
      readonly until: number;
      readonly error: LaneApartError;
      readonly scanned?: number;
    };

/**
 * Takes rows in the order of the blob, sends batches one after the other, and moves its offset past what is accepted. The visit decides
 * which offsets are stored while it reads (`relay/visit/paced-writes.ts`); during such a write the next batch is sent.
 */
export class Lane {
  readonly target: ManagedDestination;
  readonly #context: LaneContext;
  readonly #start: number;
  readonly #sender: LaneSender;
  readonly #counter: RowCounter;
  /** Whether this lane's batches end where segments end, so that destinations that get the same bytes share them, compressed too. */
  readonly #keepsStep: boolean;
  /** Whether the deliveries of a row are sent in one batch, even if it exceeds the limits for that. */
  readonly #keepsRows: boolean;
  #open: OpenBatch | undefined;
  /** The deliveries of each sealed batch. */
  readonly #sealed: (readonly Encoded[])[] = [];
  /** The bytes that wait in this lane, including suspects. */
  #held = 0;
  readonly #holdings = new Holdings();
  #passed: number;
  /** The offset of the first row that was dropped when the lane was stopped. */
  #dropped: number | undefined;
  #offsetAtEnd: number | undefined;
  #finishing = false;
  /** Why a row could not be encoded: this row and all behind it wait. */
  #fault: DestinationFaultError | undefined;
  readonly #stopping = new AbortController();
  /** Whether it is aborted: asked for each row. */
  #isStopping = false;
  #end: LaneEnd | undefined;
  #wake: (() => void) | undefined;
  readonly #roomWaiters: (() => void)[] = [];
  #cancelAge: () => void = () => {};
  readonly #running: Promise<LaneEnd>;

  /** @param start the logical offset that this destination has reached; rows that end at or before it are skipped. */
  constructor(target: ManagedDestination, start: number, context: LaneContext) {
    this.target = target;
    this.#start = start;
    this.#passed = start;
    this.#context = context;
    this.#counter = new RowCounter();
    this.#keepsStep = context.encoder.isCutBy(target.destination.batch);
    this.#keepsRows = target.destination.messenger !== undefined;
    this.#sender = new LaneSender(target, {
      lane: context.id,
      reading: context.reading,
      policy: context.policy,
      clock: context.clock,
      signal: context.signal,
      stop: this.#stopping.signal,
      guard: context.guard,
      admit: context.admit,
      trace: context.trace,
      isProvenAlive: context.isProvenAlive ?? false,
      attempts: context.attempts ?? 0,
      scanned: context.scanned ?? 0,
      suspectBytes: context.bufferBytes,
      sealed: () => this.#sealed,
      onHandedOver: () => this.hasRoom && this.#releaseRoom(),
      onAccepted: (items, seconds) => this.#accepted(items, seconds),
      onFailed: ({ code }) => {
        const labels = { destination: this.name, reason: code };
        this.#context.metrics.count('xdr_relay_requests_failed_total', labels);
      },
      onIsolated: (failed) => this.#isolate(failed),
    });
    this.#running = this.#run()
      .finally(() => this.#sender.quiet())
      .then(
        (end) => this.#ended(end),
        (error) => {
          this.#ended({ kind: 'stopped' });
          throw error;
        },
      );
    // finish() returns this promise to the caller; until then, a rejection must not count as unhandled.
    this.#running.catch(() => {});
  }

  get name(): string {
    return this.target.destination.name;
  }

  /** The logical offset before which everything is accepted, filtered out or dead-lettered. */
  get offset(): number {
    return this.#offsetAtEnd ?? this.#oldest ?? this.#passed;
  }

  /** The outcomes of the rows between the lane's start and an offset. The offset must not exceed {@link offset}, and never moves back. */
  countsBefore(offset: number): RowCounts {
    return this.#counter.before(offset);
  }

  /** Whether the lane takes rows. */
  get live(): boolean {
    return this.#isRunning && this.#fault === undefined;
  }

  get #isRunning(): boolean {
    return this.#end === undefined && !this.#isStopping;
  }

  get hasRoom(): boolean {
    if (!this.live) return true;
    const { bufferBytes, memory } = this.#context;
    const held = this.#held - this.#sender.suspectBytes;
    if (held <= 0) return true;
    const awaited = this.#sender.awaitedBytes;
    if (awaited > 0 && (awaited >= AWAITED_BUFFERS * bufferBytes || memory.isHalfFull)) return false;
    return held - awaited < bufferBytes && !memory.isFull;
  }

  /** Whether this lane still has to pass a row that ends at `rowEnd`. */
  wants(rowEnd: number): boolean {
    return this.live && rowEnd > this.#start;
  }

  /** Adds the deliveries of a row for this destination, perhaps none. Rows come in the order of the blob. */
  pass(raw: RawRow, deliveries: readonly Delivery[]): void {
    if (!this.wants(raw.end)) return;
    if (this.#passAll(raw, deliveries)) this.#passed = raw.end;
  }

  #passAll(raw: RawRow, deliveries: readonly Delivery[]): boolean {
    const first = deliveries[0];
    if (first !== undefined && deliveries.length === 1) return this.#passOne(raw, first);
    if (first !== undefined) return this.#passSeveral(raw, deliveries);
    this.#counter.row(raw, 'filtered');
    return true;
  }

  /** Adds the only delivery of a row, which nearly every row has: without lists, which would be garbage of each row. False if it cannot be encoded. */
  #passOne(raw: RawRow, delivery: Delivery): boolean {
    const encoded = this.#encoded(raw, delivery, 'only');
    if (encoded === undefined) return false;
    this.#holdings.hold(encoded.segment);
    this.#counter.row(raw, 'delivered');
    this.#add(encoded);
    return true;
  }

  /** Adds all deliveries of a row, or none of them: false if one of them cannot be encoded. */
  #passSeveral(raw: RawRow, deliveries: readonly Delivery[]): boolean {
    const all: Encoded[] = [];
    for (const [index, delivery] of deliveries.entries()) {
      const isLast = index === deliveries.length - 1;
      const encoded = this.#encoded(raw, delivery, index === 0 ? 'first' : isLast ? 'last' : 'inner');
      if (encoded === undefined) return false;
      all.push(encoded);
    }
    for (const { segment } of all) this.#holdings.hold(segment);
    this.#counter.row(raw, 'delivered');
    for (const encoded of all) this.#add(encoded);
    return true;
  }

  /** Encodes a delivery. Undefined if it cannot be encoded: the lane takes no more rows. */
  #encoded(raw: RawRow, delivery: Delivery, part: RowPart): Encoded | undefined {
    try {
      return this.#context.encoder.encode(raw, delivery, part);
    } catch (error) {
      if (!(error instanceof DestinationFaultError)) throw error;
      this.#fault = error;
      const { offset } = raw;
      const { message, thrownStack: stack } = error;
      this.#context.logger.error(
        'A row cannot be encoded for its destination: it waits, and all rows behind it',
        {
          destination: this.name,
          lane: this.#context.id,
          offset,
          code: error.code,
          error: message,
          stack,
        },
      );
      // The rows before it are sent as they are.
      this.#seal();
      this.#notify();
      this.#releaseRoom();
      return undefined;
    }
  }

  /** Passes a row that could not be read, which is stored as a dead letter already. */
  passUnreadable(raw: RawRow): void {
    if (!this.wants(raw.end)) return;
    this.#counter.row(raw, 'deadLettered');
    this.#passed = raw.end;
  }

  /** Records that everything before `offset` was added, because blank lines are not rows. */
  passTo(offset: number): void {
    if (this.live && offset > this.#passed) this.#passed = offset;
  }

  /** Resolves when rows may be added again. */
  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    // While the reader waits for this lane, no rows are added, so the open batch must be sent as it is.
    this.#seal();
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  /** Sends the remaining rows and ends the lane. Rejects with the guard's error or the abort reason. */
  finish(): Promise<LaneEnd> {
    this.#finishing = true;
    this.#context.encoder.finish();
    this.#seal();
    this.#notify();
    return this.#running;
  }

  /**
   * Ends the lane after the request in flight, and the batches that wait for their acknowledgements. The other rows are dropped from
   * memory; they can be read from the blob again.
   */
  stop(): void {
    if (!this.#isRunning) return;
    const ahead = this.#sealed.filter((items) => this.#sender.isAhead(items)).length;
    const dropped = [...this.#sealed.splice(ahead), this.#open?.items ?? []];
    this.#dropped = dropped[0]?.[0]?.offset;
    this.#isStopping = true;
    this.#stopping.abort(new LaneStoppedError());
    this.#cancelAge();
    this.#closeSegment();
    for (const items of dropped) this.#letGo(items);
    this.#open = undefined;
    this.#notify();
    this.#releaseRoom();
  }

  /** The offset of the first row that is not accounted for. */
  get #oldest(): number | undefined {
    const first = this.#sender.oldest ?? this.#sealed[0]?.[0];
    return first?.offset ?? this.#dropped ?? this.#open?.items[0]?.offset;
  }

  #add(item: Encoded): void {
    const limits = this.target.destination.batch;
    const { bytes, segment } = item;
    // People are told of one event once, whatever number of rules matched it: its deliveries stay together.
    const mayEnd = !this.#keepsRows || this.#open?.items.at(-1)?.endsRow !== false;
    if (this.#open && this.#open.bytes + bytes > limits.bytes && mayEnd) this.#seal();
    if (this.#keepsStep && this.#open?.isWholeBefore(segment) && mayEnd) this.#seal();
    if (!this.#open) {
      this.#open = new OpenBatch((items) => this.#copied(items));
      this.#cancelAge = this.#context.clock.after(limits.ageMs, () => {
        this.#seal();
        this.#notify();
      });
    }
    this.#held += item.memory;
    this.#open.add(item);
    if (this.#keepsRows && !item.endsRow) return;
    if (this.#open.items.length >= limits.items || this.#open.bytes >= limits.bytes) this.#seal();
  }

  #letGo(items: readonly Encoded[]): void {
    for (const { memory, segment } of items) {
      this.#held -= memory;
      this.#holdings.release(segment);
    }
  }

  /** Copies items into a new segment; the copies replace the items. */
  #copied(items: readonly Encoded[]): readonly Encoded[] {
    const copies = copiesOf(items, this.#context.memory);
    for (const { segment } of copies) this.#holdings.hold(segment);
    for (const { segment } of items) this.#holdings.release(segment);
    return copies;
  }

  #seal(): void {
    if (!this.#open) return;
    this.#cancelAge();
    this.#closeSegment();
    this.#open.seal();
    this.#sealed.push(this.#open.items);
    this.#open = undefined;
    this.#sender.goAhead();
    this.#notify();
  }

  /** Closes the open segment, so that the next delivery begins a new batch, in this lane and in those that keep step with it. */
  #closeSegment(): void {
    const last = this.#open?.items.at(-1);
    if (last) this.#context.encoder.close(last.segment);
  }

  async #run(): Promise<LaneEnd> {
    let older: Promise<void> = Promise.resolve();
    let newer: Promise<void> = Promise.resolve();
    const commit = () => {
      older = newer;
      newer = this.#context.commit();
      // The write is awaited one batch later; until then, a failure must not count as unhandled.
      newer.catch(() => {});
    };
    while (!this.#isStopping || this.#sealed.length > 0) {
      const batch = this.#sealed.shift();
      if (batch) this.#sender.take(batch);
      else if (!this.#finishing && this.#fault === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      await older;
      const end = await this.#halted(() => (batch ? this.#sender.send() : this.#sender.end(this.#fault)));
      if (end) {
        await newer;
        return end;
      }
      if (!batch) break;
      this.#sender.goAhead();
      if (this.hasRoom) this.#releaseRoom();
      commit();
    }
    await older;
    await newer;
    return this.#isStopping ? this.#stopped : { kind: 'done' };
  }

  get #stopped(): LaneEnd {
    return { kind: this.target.replaced.aborted ? 'replaced' : 'stopped' };
  }

  /** Does `work`, and records how the lane ended if an error of `work` ends it. */
  async #halted(work: () => Promise<void>): Promise<LaneEnd | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (error instanceof LaneStoppedError) return this.#stopped;
      if (error instanceof LaneWaitsError) return { kind: 'waits', until: error.until };
      const isApart = error instanceof LaneApartError;
      if (!isApart && !(error instanceof DestinationDownError)) throw error;
      this.#context.metrics.count('xdr_relay_batches_total', { destination: this.name, result: 'failed' });
      const scannedTo = this.#sender.scannedTo;
      const scanned = scannedTo === undefined ? {} : { scanned: scannedTo };
      if (isApart) return { kind: 'apart', until: error.until, error, ...scanned };
      await this.target.breaker.failed(error);
      return { kind: 'down', error, ...scanned, isShared: this.target.breaker.isShared };
    }
  }

  #accepted(items: readonly Encoded[], seconds: number): void {
    const { metrics } = this.#context;
    const labels = { destination: this.name };
    this.#letGo(items);
    this.target.accepted(items);
    metrics.count('xdr_relay_batches_total', { ...labels, result: 'accepted' });
    metrics.count('xdr_relay_delivered_total', labels, items.length);
    const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
    metrics.count('xdr_relay_delivered_bytes_total', labels, bytes);
    metrics.observe('xdr_relay_send_seconds', seconds, labels);
    metrics.observe('xdr_relay_batch_rows', items.length, labels);
    this.#observeDelivery(items.at(-1)?.head);
  }

  /** Observes how long ago the newest row that was just accepted happened, and how long ago Defender handed it over. */
  #observeDelivery(head: EnvelopeHead | undefined): void {
    if (!head) return;
    const { clock, metrics } = this.#context;
    const { received, table, time } = head;
    const now = clock.now();
    const since = (text: string | undefined) => Math.max(0, now - Date.parse(text ?? '')) / 1000;
    const delivery = since(received);
    if (!Number.isNaN(delivery))
      metrics.observe('xdr_relay_delivery_seconds', delivery, { destination: this.name });
    const latency = since(time);
    if (!Number.isNaN(latency)) metrics.observe('xdr_relay_row_latency_seconds', latency, { table });
  }

  /** Stores rows that fail alone as dead letters before the offset passes them. They are retried from there. */
  async #isolate(failed: readonly FailedItem[]): Promise<void> {
    const { clock, deadLetters, isolateAfterMs, logger, metrics } = this.#context;
    for (const one of failed) {
      const letter = isolatingLetter(this.name, one, clock.now(), isolateAfterMs);
      await deadLetters.put(letter);
      this.#counter.isolated(one.item);
      metrics.count('xdr_relay_isolated_total', { destination: this.name, result: 'isolated' });
      logger.warn(
        'A row fails alone while its destination accepts others: it is isolated and will be retried',
        {
          destination: this.name,
          reason: letter.reason,
          ...letter.source,
        },
      );
    }
    this.#letGo(failed.map(({ item }) => item));
    this.target.isolated.wake();
  }

  #ended(end: LaneEnd): LaneEnd {
    // Only the memory is released, because `offset` must still point at the first row that was not accepted.
    this.#offsetAtEnd = this.offset;
    this.#end = end;
    this.#cancelAge();
    this.#closeSegment();
    this.#open = undefined;
    this.#sealed.length = 0;
    this.#sender.drop();
    this.#holdings.releaseAll();
    this.#held = 0;
    this.#releaseRoom();
    return end;
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #releaseRoom(): void {
    for (const waiter of this.#roomWaiters.splice(0)) waiter();
  }
}

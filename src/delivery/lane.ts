/** The path of one blob's rows to one destination. */
import type { RawRow } from '../blobs/rows/raw-row.ts';
import type { Delivery, EnvelopeHead } from '../destinations/port.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { copiesOf } from './copies.ts';
import type { DeadLetterStore } from './dead-letters.ts';
import type { Encoder } from './encoder.ts';
import { DestinationDownError, LaneApartError, LaneStoppedError, LaneWaitsError } from './errors.ts';
import { Holdings } from './holdings.ts';
import { isolatingLetter } from './isolating.ts';
import type { ManagedDestination } from './managed-destination.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { OpenBatch } from './open-batch.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { RowCounter, type RowCounts } from './row-counts.ts';
import { type FailedItem, type Item, LaneSender } from './sender.ts';

export interface LaneContext {
  /** Identifies the path from this blob to this destination; the same in every visit. */
  readonly id: string;
  readonly policy: RetryPolicy;
  /** Bytes that may wait in this lane. */
  readonly bufferBytes: number;
  /** Of the process. */
  readonly memory: MemoryBudget;
  /** Of the visit, for this destination and those that encode alike. */
  readonly encoder: Encoder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly deadLetters: DeadLetterStore;
  /** How long a row that fails alone is tried again before it stays a dead letter. Milliseconds. */
  readonly isolateAfterMs: number;
  /** Ends requests under way. */
  readonly signal: AbortSignal;
  /** Throws when the claim is no longer ours: nothing may be sent then. */
  readonly guard: () => void;
  /** Makes {@link Lane.offset} durable; resolves when it is. */
  readonly commit: () => Promise<void>;
  /** Asks before the first request: undefined is yes, else when to ask again, ms since the epoch. */
  readonly admit?: (() => Promise<number | undefined>) | undefined;
  /** The destination has accepted rows since this cursor's rows last failed: rows that fail alone now are isolated. */
  readonly isProvenAlive?: boolean;
  /** How many visits in a row this cursor's own rows were not accepted. */
  readonly attempts?: number;
  /** Rows that begin before this logical offset have each failed alone in an earlier visit. */
  readonly scanned?: number;
}

/**
 * How a lane ended. `stopped`: told to; what waited is read again later. `down`: the destination accepts nothing from anybody,
 * and its breaker is open. `apart`: the destination accepts other rows, but this lane has to wait until a moment (ms since the
 * epoch): its table is held, or it was told to wait. Nobody else waits with it. `waits`: it has rows to send, and others try first
 * whether their destination is back.
 */
export type LaneEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'waits'; readonly until: number }
  | {
      readonly kind: 'down';
      readonly error: DestinationDownError;
      readonly scanned?: number;
      /** False: no other consumer knows that the breaker is open, so that its closing later proves nothing. */
      readonly isShared?: boolean;
    }
  | {
      readonly kind: 'apart';
      readonly until: number;
      readonly error: LaneApartError;
      readonly scanned?: number;
    };

/**
 * Rows come in, in order; batches go out, one after the other; the offset follows what is acknowledged. The visit decides
 * which offsets are written while it reads on (`relay/visit/paced-writes.ts`); where it writes one, the next batch is sent meanwhile.
 */
export class Lane {
  readonly target: ManagedDestination;
  readonly #context: LaneContext;
  readonly #start: number;
  readonly #sender: LaneSender;
  readonly #counter: RowCounter;
  #open: OpenBatch | undefined;
  /** What each sealed batch has. */
  readonly #sealed: (readonly Item[])[] = [];
  /** Bytes that wait in this lane, those of suspects included. */
  #held = 0;
  readonly #holdings = new Holdings();
  #passed: number;
  /** Where the first row lies that was dropped when the lane was stopped. */
  #dropped: number | undefined;
  #offsetAtEnd: number | undefined;
  #finishing = false;
  readonly #stopping = new AbortController();
  #end: LaneEnd | undefined;
  #wake: (() => void) | undefined;
  readonly #roomWaiters: (() => void)[] = [];
  #cancelAge: () => void = () => {};
  readonly #running: Promise<LaneEnd>;

  /** @param start logical offset this destination has reached: rows that end at or before it are passed over. */
  constructor(target: ManagedDestination, start: number, context: LaneContext) {
    this.target = target;
    this.#start = start;
    this.#passed = start;
    this.#context = context;
    this.#counter = new RowCounter();
    this.#sender = new LaneSender(target, {
      lane: context.id,
      policy: context.policy,
      clock: context.clock,
      signal: context.signal,
      stop: this.#stopping.signal,
      guard: context.guard,
      admit: context.admit,
      isProvenAlive: context.isProvenAlive ?? false,
      attempts: context.attempts ?? 0,
      scanned: context.scanned ?? 0,
      suspectBytes: context.bufferBytes,
      onAccepted: (items, seconds) => this.#accepted(items, seconds),
      onIsolated: (failed) => this.#isolate(failed),
    });
    this.#running = this.#run().then(
      (end) => this.#ended(end),
      (error) => {
        this.#ended({ kind: 'stopped' });
        throw error;
      },
    );
    // The error reaches the caller of finish(); until then it must not count as unhandled.
    this.#running.catch(() => {});
  }

  get name(): string {
    return this.target.destination.name;
  }

  /** Logical offset before which everything is accepted, filtered out or dead-lettered. */
  get offset(): number {
    return this.#offsetAtEnd ?? this.#oldest ?? this.#passed;
  }

  /** What became of the rows between the lane's start and an offset up to {@link offset}, which never moves back. */
  countsBefore(offset: number): RowCounts {
    return this.#counter.before(offset);
  }

  get live(): boolean {
    return this.#end === undefined && !this.#stopping.signal.aborted;
  }

  get hasRoom(): boolean {
    if (!this.live) return true;
    const waiting = this.#held - this.#sender.suspectBytes;
    return waiting <= 0 || (waiting < this.#context.bufferBytes && !this.#context.memory.isFull);
  }

  /** Whether a row that ends there still has to pass this lane. */
  wants(rowEnd: number): boolean {
    return this.live && rowEnd > this.#start;
  }

  /** Hands over what a row means for this destination, possibly nothing. Rows come in blob order. */
  pass(raw: RawRow, deliveries: readonly Delivery[]): void {
    if (!this.wants(raw.end)) return;
    this.#counter.row(raw, deliveries.length > 0 ? 'delivered' : 'filtered');
    const place = { offset: raw.offset, end: raw.end };
    deliveries.forEach((delivery, index) => {
      const encoded = this.#context.encoder.encode(raw, delivery);
      const memory = encoded.bytes + (index === 0 ? encoded.rowBytes : 0);
      this.#add({ encoded, place, memory, endsRow: index === deliveries.length - 1 });
    });
    this.#passed = raw.end;
  }

  /** A row that could not be read is in the dead letters already. */
  passUnreadable(raw: RawRow): void {
    if (!this.wants(raw.end)) return;
    this.#counter.row(raw, 'deadLettered');
    this.#passed = raw.end;
  }

  /** Everything before `offset` has been handed over: blank lines have no delivery. */
  passTo(offset: number): void {
    if (this.live && offset > this.#passed) this.#passed = offset;
  }

  /** Resolves when rows may be handed over again. */
  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    // The reader waits for this lane: no further rows will fill the batch.
    this.#seal();
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  /** Sends what is left and ends. Rejects with the guard's error or the abort reason. */
  finish(): Promise<LaneEnd> {
    this.#finishing = true;
    this.#context.encoder.finish();
    this.#seal();
    this.#notify();
    return this.#running;
  }

  /** Ends after the request in flight; the other rows are dropped from memory and stay in the blob. */
  stop(): void {
    if (!this.live) return;
    this.#dropped = this.#waiting?.place.offset;
    this.#stopping.abort(new LaneStoppedError());
    this.#cancelAge();
    this.#closeSegment();
    for (const items of [...this.#sealed, this.#open?.items ?? []]) this.#letGo(items);
    this.#sealed.length = 0;
    this.#open = undefined;
    this.#notify();
    this.#releaseRoom();
  }

  /** Where the first row lies that is not accounted for. */
  get #oldest(): number | undefined {
    return this.#sender.oldest?.place.offset ?? this.#dropped ?? this.#waiting?.place.offset;
  }

  /** The first item that the sender has not taken. */
  get #waiting(): Item | undefined {
    return this.#sealed[0]?.[0] ?? this.#open?.items[0];
  }

  #add(item: Item): void {
    const limits = this.target.destination.batch;
    const { bytes } = item.encoded;
    if (this.#open && this.#open.bytes + bytes > limits.bytes) this.#seal();
    if (!this.#open) {
      this.#open = new OpenBatch((items) => this.#copied(items));
      this.#cancelAge = this.#context.clock.after(limits.ageMs, () => {
        this.#seal();
        this.#notify();
      });
    }
    this.#holdings.hold(item.encoded.segment);
    this.#held += item.memory;
    this.#open.add(item);
    if (this.#open.items.length >= limits.items || this.#open.bytes >= limits.bytes) this.#seal();
  }

  #letGo(items: readonly Item[]): void {
    for (const { encoded, memory } of items) {
      this.#held -= memory;
      this.#holdings.release(encoded.segment);
    }
  }

  /** The same items in a segment of their own, which are kept instead. */
  #copied(items: readonly Item[]): readonly Item[] {
    const encoded = items.map((item) => item.encoded);
    const copies = copiesOf(encoded, this.#context.memory);
    return items.map((item, index) => {
      const copy = copies[index] ?? item.encoded;
      this.#holdings.hold(copy.segment);
      this.#holdings.release(item.encoded.segment);
      return { ...item, encoded: copy };
    });
  }

  #seal(): void {
    if (!this.#open) return;
    this.#cancelAge();
    this.#closeSegment();
    this.#open.seal();
    this.#sealed.push(this.#open.items);
    this.#open = undefined;
    this.#notify();
  }

  /** What is written next belongs to no batch of which this lane has the beginning. */
  #closeSegment(): void {
    const last = this.#open?.items.at(-1);
    if (last) this.#context.encoder.close(last.encoded.segment);
  }

  async #run(): Promise<LaneEnd> {
    let older: Promise<void> = Promise.resolve();
    let newer: Promise<void> = Promise.resolve();
    const commit = () => {
      older = newer;
      newer = this.#context.commit();
      // Awaited one batch later; until then a failure must not count as unhandled.
      newer.catch(() => {});
    };
    while (!this.#stopping.signal.aborted) {
      const batch = this.#sealed.shift();
      if (batch) this.#sender.take(batch);
      else if (!this.#finishing) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      await older;
      const end = await this.#halted(() => (batch ? this.#sender.send() : this.#sender.end()));
      if (end) {
        await newer;
        return end;
      }
      if (!batch) break;
      if (this.hasRoom) this.#releaseRoom();
      commit();
    }
    await older;
    await newer;
    return this.#stopping.signal.aborted ? { kind: 'stopped' } : { kind: 'done' };
  }

  /** Does `work`, and records how the lane ended if the work stopped it. */
  async #halted(work: () => Promise<void>): Promise<LaneEnd | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (error instanceof LaneStoppedError) return { kind: 'stopped' };
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

  #accepted(items: readonly Item[], seconds: number): void {
    const { metrics } = this.#context;
    const labels = { destination: this.name };
    this.#letGo(items);
    metrics.count('xdr_relay_batches_total', { ...labels, result: 'accepted' });
    metrics.count('xdr_relay_delivered_total', labels, items.length);
    const bytes = items.reduce((sum, { encoded }) => sum + encoded.bytes, 0);
    metrics.count('xdr_relay_delivered_bytes_total', labels, bytes);
    metrics.observe('xdr_relay_send_seconds', seconds, labels);
    this.#gaugeLag(items.at(-1)?.encoded.head);
  }

  /** How long ago Defender handed over the newest row that was accepted. */
  #gaugeLag(head: EnvelopeHead | undefined): void {
    const { clock, metrics } = this.#context;
    const received = Date.parse(head?.received ?? '');
    if (!head || Number.isNaN(received)) return;
    const seconds = Math.max(0, clock.now() - received) / 1000;
    metrics.gauge('xdr_relay_lag_seconds', seconds, { table: head.table, destination: this.name });
  }

  /** Rows that fail alone go to the dead letters before the offset may pass them, and are tried again from there. */
  async #isolate(failed: readonly FailedItem[]): Promise<void> {
    const { clock, deadLetters, isolateAfterMs, logger, metrics } = this.#context;
    for (const one of failed) {
      const letter = isolatingLetter(this.name, one, clock.now(), isolateAfterMs);
      await deadLetters.put(letter);
      this.#counter.isolated(one.item.place);
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
    // `offset` must keep naming the first row that was not accepted, so only the bytes are released.
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

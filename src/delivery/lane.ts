import type { RawRow } from '../blobs/rows/raw-row.ts';
import type { Delivery, EncodedDelivery } from '../destinations/port.ts';
import type { Clock } from '../shared/clock.ts';
import { RelayError } from '../shared/errors.ts';
import type { Envelope } from '../shared/event.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { batchId } from './batch-id.ts';
import type { DeadLetterStore } from './dead-letters.ts';
import { DestinationDownError } from './errors.ts';
import type { ManagedDestination } from './managed-destination.ts';
import { type RefusedDelivery, type RetryPolicy, sendBatch } from './send-batch.ts';

export interface LaneContext {
  readonly policy: RetryPolicy;
  /** Payload bytes that may wait in this lane. */
  readonly bufferBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly deadLetters: DeadLetterStore;
  /** Ends requests under way. */
  readonly signal: AbortSignal;
  /** Throws when the claim is no longer ours: nothing may be sent then. */
  readonly guard: () => void;
  /** Makes {@link Lane.offset} durable; resolves when it is. */
  readonly commit: () => Promise<void>;
  /** The destination accepted rows since this cursor's rows failed last: what fails alone now is isolated. */
  readonly isProvenAlive?: boolean;
  /** Rows that begin before this logical offset have each failed alone in an earlier visit. */
  readonly scanned?: number;
}

/**
 * How a lane ended. `stopped`: told to; what waited is read again later. `down`: the destination accepts nothing from anybody,
 * and its breaker is open. `apart`: the destination accepts other rows, but this lane has to wait until a moment (ms since the
 * epoch): its table is held, or it was told to wait. Nobody else waits with it.
 */
export type LaneEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'down'; readonly error: DestinationDownError; readonly scanned?: number }
  | {
      readonly kind: 'apart';
      readonly until: number;
      readonly error: DestinationDownError;
      readonly scanned?: number;
    };

/** Told to stop between two tries. */
class LaneStoppedError extends RelayError {
  constructor() {
    super('lane_stopped', 'The lane was stopped');
  }
}

/** So many rows of one page are copied; more of them are worth the page. */
const SPARSE = 8;

interface Item {
  readonly encoded: EncodedDelivery;
  readonly raw: RawRow;
}

interface OpenBatch {
  readonly items: Item[];
  bytes: number;
}

/**
 * One blob's way to one destination: rows come in, in order; batches go out, one after the other; the offset follows what is
 * acknowledged. At most two batches are unaccounted for at any time: the one being sent, and the one whose offset is being written.
 */
export class Lane {
  readonly target: ManagedDestination;
  readonly #context: LaneContext;
  readonly #start: number;
  #open: OpenBatch | undefined;
  readonly #sealed: OpenBatch[] = [];
  #sending: OpenBatch | undefined;
  #buffered = 0;
  #page: ArrayBufferLike | undefined;
  #ofPage = 0;
  #passed: number;
  #finishing = false;
  #stopping = false;
  #end: LaneEnd | undefined;
  #wake: (() => void) | undefined;
  readonly #roomWaiters: (() => void)[] = [];
  #ageTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #running: Promise<LaneEnd>;

  /** @param start logical offset this destination has reached: rows that end at or before it are passed over. */
  constructor(target: ManagedDestination, start: number, context: LaneContext) {
    this.target = target;
    this.#start = start;
    this.#passed = start;
    this.#context = context;
    this.#running = this.#run().then(
      (end) => this.#ended(end),
      (error) => {
        this.#ended({ kind: 'stopped' });
        throw error;
      },
    );
    // The error reaches whoever calls finish(); until then it must not count as unhandled.
    this.#running.catch(() => {});
  }

  get name(): string {
    return this.target.destination.name;
  }

  /** Logical offset before which everything is accepted, filtered out or dead-lettered. */
  get offset(): number {
    const oldest = this.#sending ?? this.#sealed[0] ?? this.#open;
    return oldest?.items[0]?.raw.offset ?? this.#passed;
  }

  get live(): boolean {
    return this.#end === undefined && !this.#stopping;
  }

  get hasRoom(): boolean {
    return !this.live || this.#buffered < this.#context.bufferBytes;
  }

  /** Whether a row that ends there still has to pass this lane. */
  wants(rowEnd: number): boolean {
    return this.live && rowEnd > this.#start;
  }

  /** Hands over what a row means for this destination, possibly nothing. Rows come in blob order. */
  pass(raw: RawRow, deliveries: readonly Delivery[]): void {
    if (!this.wants(raw.end)) return;
    if (deliveries.length > 0) {
      const kept = this.#withoutPage(raw);
      for (const delivery of deliveries) {
        this.#add({ encoded: this.target.destination.encode(delivery), raw: kept });
      }
    }
    this.#passed = raw.end;
  }

  /** Everything before `offset` has been handed over: blank lines and unreadable rows have no delivery. */
  passTo(offset: number): void {
    if (this.live && offset > this.#passed) this.#passed = offset;
  }

  /** Resolves when rows may be handed over again. */
  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    // Whoever fills the batch is waiting now: no company will come for it.
    this.#seal();
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  /** Sends what is left and ends. Rejects with the guard's error or the abort reason. */
  finish(): Promise<LaneEnd> {
    this.#finishing = true;
    this.#seal();
    this.#notify();
    return this.#running;
  }

  /** Ends after the request that is on its way; the rest stays in the blob. */
  stop(): void {
    this.#stopping = true;
    this.#notify();
    this.#releaseRoom();
  }

  /** A row's bytes are part of a page of some MiB: a few rows that wait must not keep many pages in memory. */
  #withoutPage(raw: RawRow): RawRow {
    if (raw.bytes.buffer !== this.#page) {
      this.#page = raw.bytes.buffer;
      this.#ofPage = 0;
    }
    return this.#ofPage++ < SPARSE ? { ...raw, bytes: Buffer.from(raw.bytes) } : raw;
  }

  #add(item: Item): void {
    const limits = this.target.destination.batch;
    const { bytes } = item.encoded;
    if (this.#open && this.#open.bytes + bytes > limits.bytes) this.#seal();
    if (this.#open) {
      this.#open.items.push(item);
      this.#open.bytes += bytes;
    } else {
      this.#open = { items: [item], bytes };
      this.#ageTimer = setTimeout(() => {
        this.#seal();
        this.#notify();
      }, limits.ageMs);
    }
    this.#buffered += bytes;
    if (this.#open.items.length >= limits.items || this.#open.bytes >= limits.bytes) this.#seal();
  }

  #seal(): void {
    if (!this.#open) return;
    clearTimeout(this.#ageTimer);
    this.#sealed.push(this.#open);
    this.#open = undefined;
    this.#notify();
  }

  async #run(): Promise<LaneEnd> {
    let older: Promise<void> = Promise.resolve();
    let newer: Promise<void> = Promise.resolve();
    for (;;) {
      if (this.#stopping) break;
      const batch = this.#sealed.shift();
      if (!batch) {
        if (this.#finishing) break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#sending = batch;
      await older;
      try {
        await this.#send(batch);
      } catch (error) {
        if (error instanceof LaneStoppedError) break;
        if (!(error instanceof DestinationDownError)) throw error;
        await newer;
        return { kind: 'down', error };
      }
      this.#sending = undefined;
      this.#buffered -= batch.bytes;
      if (this.hasRoom) this.#releaseRoom();
      older = newer;
      newer = this.#context.commit();
      // Awaited one batch later; until then a failure must not count as unhandled.
      newer.catch(() => {});
    }
    await older;
    await newer;
    return this.#stopping ? { kind: 'stopped' } : { kind: 'done' };
  }

  async #send(batch: OpenBatch): Promise<void> {
    const { clock, metrics, policy, signal } = this.#context;
    const guard = () => {
      if (this.#stopping) throw new LaneStoppedError();
      this.#context.guard();
    };
    const { destination, breaker, slots } = this.target;
    const labels = { destination: destination.name };
    const items = batch.items.map((item) => item.encoded);
    const began = clock.monotonic();
    const onSettled = async (settled: number, refused: readonly RefusedDelivery[]) => {
      await this.#bury(batch, refused);
      // Never the last one: an empty batch would let `offset` pass what waits behind it.
      batch.items.splice(0, Math.min(settled, items.length - 1) - (items.length - batch.items.length));
    };
    try {
      const refused = await slots.run(
        () =>
          sendBatch(destination, { id: batchId(items), items }, { policy, clock, signal, guard, onSettled }),
        signal,
      );
      await breaker.succeeded();
      metrics.count('xdr_relay_batches_total', { ...labels, result: 'accepted' });
      metrics.count('xdr_relay_delivered_total', labels, items.length - refused.length);
      metrics.count('xdr_relay_delivered_bytes_total', labels, batch.bytes);
      this.#gaugeLag(items.at(-1)?.delivery.envelope);
      metrics.observe('xdr_relay_send_seconds', (clock.monotonic() - began) / 1000, labels);
    } catch (error) {
      if (error instanceof DestinationDownError) {
        metrics.count('xdr_relay_batches_total', { ...labels, result: 'failed' });
        await breaker.failed(error);
      }
      throw error;
    }
  }

  /** How long ago Defender handed over the newest row that was accepted. */
  #gaugeLag(envelope: Envelope | undefined): void {
    const { clock, metrics } = this.#context;
    const received = Date.parse(envelope?.received ?? '');
    if (!envelope || Number.isNaN(received)) return;
    const seconds = Math.max(0, clock.now() - received) / 1000;
    metrics.gauge('xdr_relay_lag_seconds', seconds, { table: envelope.table, destination: this.name });
  }

  /** Refused rows go to the dead letters before the offset may pass them. */
  async #bury(batch: OpenBatch, refused: readonly RefusedDelivery[]): Promise<void> {
    const { deadLetters, logger, metrics } = this.#context;
    const rowOf = new Map(batch.items.map((item) => [item.encoded, item.raw]));
    for (const { item, error } of refused) {
      const raw = rowOf.get(item);
      if (!raw) continue;
      const { envelope } = item.delivery;
      const rule = envelope.rule?.id ?? envelope.rule?.title;
      await deadLetters.put({
        destination: this.name,
        reason: error.code,
        message: error.message,
        source: envelope.source,
        length: raw.end - raw.offset,
        row: raw.bytes,
        payload: item.payload,
        id: envelope.id,
        table: envelope.table,
        ...(rule !== undefined && { rule }),
      });
      metrics.count('xdr_relay_dead_letters_total', { destination: this.name, reason: error.code });
      logger.warn('A row was refused and put into the dead letters', {
        destination: this.name,
        reason: error.code,
        ...envelope.source,
      });
    }
  }

  #ended(end: LaneEnd): LaneEnd {
    this.#end = end;
    clearTimeout(this.#ageTimer);
    // `offset` must go on telling the first row that was not accepted, so only the bytes are let go.
    this.#passed = this.offset;
    this.#open = undefined;
    this.#sending = undefined;
    this.#sealed.length = 0;
    this.#buffered = 0;
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

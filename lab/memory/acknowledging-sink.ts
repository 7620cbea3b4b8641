/** A destination in memory that receives batches first, and acknowledges them later, or never. */
import { DestinationRefusedError, RetryableError } from '../../src/destinations/errors.ts';
import type { Batch, Handover, Pipeline } from '../../src/destinations/port.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { numberOf, Sink } from './sink.ts';

/** What becomes of one request. */
export interface Fate {
  /** Milliseconds until the reply. */
  readonly replyMs: number;
  /** `busy`: not taken. `refused`: not taken, and the status says that the relay is refused. `reset`: taken and indexed, but the reply is lost. */
  readonly reply: 'taken' | 'busy' | 'refused' | 'reset';
  /** Milliseconds from the reply to the acknowledgement; undefined if the batch is lost before it is indexed. */
  readonly ackMs: number | undefined;
}

/** Acknowledges batches as `fate` decides. What is not acknowledged in time fails, as a client's wait for it would. */
export class AcknowledgingSink extends Sink {
  /** The rows of each request, in the order of the requests. */
  readonly requests: (readonly number[])[] = [];
  /** The rows that are indexed. */
  readonly indexed = new Set<number>();
  /** The rows of batches that were acknowledged, in the order of the acknowledgements. */
  readonly acknowledged: number[] = [];
  /** How many batches wait for their acknowledgements, and how many requests are on their way. */
  waiting = 0;
  sending = 0;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #fate: (batch: Batch) => Fate;

  constructor(clock: Clock, timeoutMs: number, fate: (batch: Batch) => Fate) {
    super('indexer');
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#fate = fate;
  }

  override async send(batch: Batch, signal: AbortSignal): Promise<void> {
    const { acknowledged } = await this.#receive(batch, signal);
    await acknowledged;
  }

  openPipeline(): Pipeline {
    return { handOver: (batch, signal) => this.#receive(batch, signal) };
  }

  async #receive(batch: Batch, signal: AbortSignal): Promise<Handover> {
    const rows = batch.items.map((item) => Number(numberOf(item)));
    this.requests.push(rows);
    const { reply, replyMs, ackMs } = this.#fate(batch);
    this.sending += 1;
    try {
      await this.#clock.sleep(replyMs, signal);
    } finally {
      this.sending -= 1;
    }
    if (reply === 'busy') throw new RetryableError('busy', 'busy');
    if (reply === 'refused') throw new DestinationRefusedError('not_authorized', 'refused');
    if (ackMs !== undefined) for (const row of rows) this.indexed.add(row);
    if (reply === 'reset') throw new RetryableError('connection_lost', 'reset');
    const acknowledged = this.#acknowledge(rows, ackMs, signal);
    acknowledged.catch(() => {});
    return { acknowledged };
  }

  async #acknowledge(rows: readonly number[], ackMs: number | undefined, signal: AbortSignal): Promise<void> {
    this.waiting += 1;
    try {
      await this.#clock.sleep(Math.min(ackMs ?? this.#timeoutMs, this.#timeoutMs), signal);
    } finally {
      this.waiting -= 1;
    }
    if (ackMs === undefined || ackMs >= this.#timeoutMs)
      throw new RetryableError('not_acknowledged', 'not acknowledged');
    this.acknowledged.push(...rows);
  }
}

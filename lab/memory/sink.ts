/** A destination in memory that records what it receives. */
import { encodingBy } from '../../src/destinations/encoding.ts';
import type {
  Batch,
  BatchLimits,
  Destination,
  EncodedDelivery,
  Encoding,
} from '../../src/destinations/port.ts';
import { payloadOf } from '../delivery.ts';

/** Sinks receive rows in the raw shape. */
const RAW = encodingBy({ kind: 'sink' }, () => (delivery, writer) => delivery.writeRaw(writer));

/** What a sink does with a batch: it accepts the batch by returning, or throws the error that the sink shall throw. */
export type Behaviour = (batch: Batch, signal: AbortSignal) => void | Promise<void>;

/** The column `n` of a row. */
export function numberOf(item: EncodedDelivery): unknown {
  return JSON.parse(payloadOf(item)).properties?.n;
}

/** A destination in memory that records what it receives. Tests decide how it behaves. */
export class Sink implements Destination {
  readonly type = 'sink';
  readonly name: string;
  readonly concurrency = 4;
  readonly batch: BatchLimits;
  readonly encoding: Encoding = RAW;
  readonly batches: Batch[] = [];
  behave: Behaviour = () => {};
  reaches: (items: readonly EncodedDelivery[]) => boolean = () => true;
  /** Whether payloads can be read after their batch was accepted. Where not, their buffers are used again, as in production. */
  keepsPayloads = true;

  constructor(name: string, batch: Partial<BatchLimits> = {}) {
    this.name = name;
    this.batch = { items: 3, bytes: 1 << 20, ageMs: 60_000, ...batch };
  }

  /** The offsets of all accepted rows, in the order of arrival. */
  get offsets(): number[] {
    return this.batches.flatMap((batch) => batch.items.map((item) => item.head.source.offset));
  }

  /** The column `n` of all accepted rows, in the order of arrival. */
  get rows(): unknown[] {
    return this.batches.flatMap((batch) => batch.items.map(numberOf));
  }

  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    await this.behave(batch, signal);
    // A payload that was asked for stays when the lane lets go of it.
    if (this.keepsPayloads) for (const item of batch.items) item.payload();
    this.batches.push(batch);
  }

  async close(): Promise<void> {}
}

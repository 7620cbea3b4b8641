/** A destination in memory that keeps what it was sent. */
import type {
  Batch,
  BatchLimits,
  Delivery,
  Destination,
  EncodedDelivery,
} from '../../src/destinations/port.ts';

/** What a sink does with a batch: nothing said is accepting it; it throws what the sink is to throw. */
export type Behaviour = (batch: Batch, signal: AbortSignal) => void | Promise<void>;

/** The column `n` of a row: a delivery that was stored in the dead letters has it in its payload only. */
export function numberOf({ delivery, payload }: EncodedDelivery): unknown {
  return delivery.envelope.event.n ?? JSON.parse(payload).properties?.n;
}

/** A destination in this process that keeps what it was sent: the tests decide how it behaves. */
export class Sink implements Destination {
  readonly type = 'sink';
  readonly name: string;
  readonly concurrency = 4;
  readonly batch: BatchLimits;
  readonly batches: Batch[] = [];
  behave: Behaviour = () => {};

  constructor(name: string, batch: Partial<BatchLimits> = {}) {
    this.name = name;
    this.batch = { items: 3, bytes: 1 << 20, ageMs: 60_000, ...batch };
  }

  /** The offsets of all rows accepted, in the order they came. */
  get offsets(): number[] {
    return this.batches.flatMap((batch) => batch.items.map((item) => item.delivery.envelope.source.offset));
  }

  /** The column `n` of all rows accepted, in the order they came. */
  get rows(): unknown[] {
    return this.batches.flatMap((batch) => batch.items.map(numberOf));
  }

  encode(delivery: Delivery) {
    const payload = delivery.raw();
    return { delivery, payload, bytes: Buffer.byteLength(payload) };
  }

  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    await this.behave(batch, signal);
    this.batches.push(batch);
  }

  async close(): Promise<void> {}
}

/** The port of destinations: what delivery/ hands over, and what it gets back. */
import type { ByteWriter } from '../shared/byte-writer.ts';
import type { Envelope } from '../shared/event.ts';
import type { JsonValue } from '../shared/json.ts';

/** A row, or an alert, on its way to one destination. */
export interface Delivery {
  readonly envelope: Envelope;
  /**
   * The `raw` shape: the Defender row whole and unwrapped, as JSON text, with the transforms applied.
   * Lazy: most destinations want only one of the shapes.
   */
  readonly raw: () => string;
  /** Writes the same as bytes. */
  writeRaw(writer: ByteWriter): void;
  /** Writes the envelope's `event`, the columns with the transforms applied, as JSON text. */
  writeEvent(writer: ByteWriter): void;
  /** One column of `event`; undefined where it has none of that name. */
  column(name: string): JsonValue | undefined;
}

/** A delivery that its destination has put into its own words; what a batch is made of. */
export interface EncodedDelivery {
  readonly delivery: Delivery;
  /** The string that the destination will send for it. */
  readonly payload: string;
  /** UTF-8 bytes of `payload`. */
  readonly bytes: number;
}

/** Deliveries of one blob, in its order, sent as one. */
export interface Batch {
  /** From the first and the last delivery: the same on every retry. Standard Webhooks' `webhook-id`. */
  readonly id: string;
  /** Names the way from one blob to this destination: batches of one lane are sent one after the other. */
  readonly lane: string;
  readonly items: readonly EncodedDelivery[];
}

/** When a batch is full. Whichever comes first. */
export interface BatchLimits {
  readonly items: number;
  /** Bytes of payload, before compression. An item larger than this goes alone. */
  readonly bytes: number;
  /** How long the first item of a batch waits for more items. Milliseconds. */
  readonly ageMs: number;
}

/**
 * Where events and alerts go. One object per entry of `destinations:` in relay.yaml.
 *
 * Retries, bisecting, breakers and dead letters are delivery/'s work: `send` tries once and says how it ended.
 */
export interface Destination {
  readonly name: string;
  readonly type: string;
  readonly batch: BatchLimits;
  /** Batches that may be on their way at once from this process, over all blobs. At least 1. */
  readonly concurrency: number;
  /** Whether one message may be made of many envelopes. Absent: no. */
  readonly digests?: boolean;
  encode(delivery: Delivery): EncodedDelivery;
  /**
   * Sends the batch once; resolves when the destination has taken responsibility for all of it.
   * Throws {@link RetryableError}, {@link RowsRefusedError} or {@link DestinationRefusedError}.
   */
  send(batch: Batch, signal: AbortSignal): Promise<void>;
  /** Gives up connections and files. */
  close(): Promise<void>;
}

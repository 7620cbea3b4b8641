/** The port of destinations: what delivery/ hands over, and what it gets back. */
import type { EntityList } from '../alerts/message.ts';
import type { ByteWriter } from '../shared/byte-writer.ts';
import type { EnvelopeHead, MappedShape } from '../shared/event.ts';
import type { JsonObject, JsonValue } from '../shared/json.ts';
import type { ReportAlteration } from './alteration.ts';
import type { Messenger } from './messenger.ts';

export type { EnvelopeHead } from '../shared/event.ts';

/** A row, or an alert, on its way to one destination or several. */
export interface Delivery {
  /** Plain data that keeps nothing of its row's memory. */
  readonly head: EnvelopeHead;
  /** The columns with the transforms applied. It may be made only when it is asked for. */
  readonly event: JsonObject;
  /** Writes the `raw` shape: the Defender row whole and unwrapped, as JSON text, with the transforms applied. */
  writeRaw(writer: ByteWriter): void;
  /** Writes `event` as JSON text. */
  writeEvent(writer: ByteWriter): void;
  /** Writes the event in a shape that the mappings of the rules make, as JSON text. */
  writeMapped(shape: MappedShape, writer: ByteWriter): void;
  /** What the alert is about, where that is more than its own columns name: the entities of a group of alerts. */
  readonly entities?: readonly EntityList[];
  /** One column of `event`; undefined where it has none of that name. */
  column(name: string): JsonValue | undefined;
}

/** How a destination puts deliveries into bytes. */
export interface Encoding {
  /** Encodings of equal keys write the same bytes for the same delivery, so that their destinations can share them. */
  readonly key: string;
  /** What stands between two deliveries of one body. ASCII. */
  readonly separator: string;
  /**
   * Writes what is sent for one delivery.
   *
   * @param report is told, before this returns, of each value that does not arrive as it is: equal for encodings of equal keys.
   */
  write(delivery: Delivery, writer: ByteWriter, report?: ReportAlteration): void;
}

/** A delivery that its destination has put into its own words; what a batch is made of. */
export interface EncodedDelivery {
  readonly head: EnvelopeHead;
  /** Length of `payload`. */
  readonly bytes: number;
  /** What the destination sends for it: UTF-8, in a buffer that others use too, so never to be changed. */
  payload(): Uint8Array<ArrayBuffer>;
}

/** Compresses a body. */
export type Compress = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;

/** The payloads of a batch, one behind the other. */
export interface BatchBody {
  /** The number of bytes. */
  readonly length: number;
  /** With the encoding's separator between them. In a buffer that others use too, so never to be changed. */
  bytes(): Uint8Array<ArrayBuffer>;
  /** Writes the same into a writer. The buffer is then used for other batches, which after `bytes` it is not. */
  copy(to: ByteWriter): void;
  /** The same compressed. Batches of the same bytes share the result where they ask with the same function. */
  compressed(compress: Compress): Promise<Uint8Array<ArrayBuffer>>;
}

/** Deliveries of one blob, in its order, sent as one. */
export interface Batch {
  /** From the first and the last delivery: the same on every retry. Standard Webhooks' `webhook-id`. */
  readonly id: string;
  /** Names the way from one blob to this destination: batches of one lane are sent one after the other. */
  readonly lane: string;
  /**
   * Names the content of the blob: what is read again after a crash has the same. Absent where rows are sent again on purpose, by a
   * replay or from the dead letters.
   */
  readonly reading?: string;
  readonly items: readonly EncodedDelivery[];
  readonly body: BatchBody;
}

/** When a batch is full. Whichever comes first. */
export interface BatchLimits {
  readonly items: number;
  /** Bytes of payload, before compression. An item larger than this goes alone. */
  readonly bytes: number;
  /** How long the first item of a batch waits for more items. Milliseconds. */
  readonly ageMs: number;
}

/** A batch that the destination has received, and will acknowledge later. */
export interface Handover {
  /** Resolves when the destination has taken responsibility for the batch. Rejects like {@link Destination.send}. */
  readonly acknowledged: Promise<void>;
}

/**
 * Hands over the batches of one lane, each after the handover of the one before; their acknowledgements need not be awaited in between.
 * It needs no closing: it keeps nothing once all of its batches are acknowledged, failed or aborted.
 */
export interface Pipeline {
  /**
   * Sends the batch once; resolves when the destination has received it. Throws like {@link Destination.send}.
   * @param signal ends the wait for the acknowledgement, too.
   */
  handOver(batch: Batch, signal: AbortSignal): Promise<Handover>;
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
  /** Present on destinations for people. Then a delivery's payload is a record (`record.ts`), and `send` says each alert by itself. */
  readonly messenger?: Messenger;
  /** True on destinations for machines that are sent groups of alerts in place of single ones: `group_alerts` in relay.yaml. */
  readonly groupsAlerts?: boolean;
  /** After how long of permanent failures alone it is disabled. Milliseconds; absent: never. */
  readonly disableAfterMs?: number;
  readonly encoding: Encoding;
  /**
   * Sends the batch once; resolves when the destination has taken responsibility for all of it.
   * Throws {@link RetryableError}, {@link RowsRefusedError} or {@link DestinationRefusedError}.
   */
  send(batch: Batch, signal: AbortSignal): Promise<void>;
  /** Present where the destination acknowledges a batch some time after it has received it, so that several may wait for that at once. */
  openPipeline?(): Pipeline;
  /**
   * Whether `send` asks the destination itself about any of these deliveries. Where it does not, because they are only put into the state,
   * its success proves nothing about the destination. Absent: it always does.
   */
  reaches?(items: readonly EncodedDelivery[]): boolean;
  /** Gives up connections and files. */
  close(): Promise<void>;
}

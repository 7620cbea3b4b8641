/** A segment: deliveries of one encoding that were written one behind the other, in a buffer that the lanes of a visit share. */
import type { Compress, Delivery, EncodedDelivery, Encoding, EnvelopeHead } from '../destinations/port.ts';
import { ByteWriter } from '../shared/byte-writer.ts';
import type { JsonObject } from '../shared/json.ts';

/** What memory is counted against. */
export interface MemoryAccount {
  take(bytes: number): void;
  give(bytes: number): void;
}

/** What the objects of one delivery take beside its bytes. */
const OBJECT_BYTES = 256;
/** A row's columns as objects take about so many times the bytes of the row. */
const EVENT_FACTOR = 3;

/** Where something lies in a buffer: from `start` up to `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** One delivery, and where it lies. */
export class Encoded implements EncodedDelivery {
  readonly head: EnvelopeHead;
  readonly event: JsonObject | undefined;
  readonly segment: Segment;
  readonly range: ByteRange;
  readonly rowRange: ByteRange;

  constructor(
    { head, event }: Pick<EncodedDelivery, 'head' | 'event'>,
    segment: Segment,
    range: ByteRange,
    rowRange: ByteRange,
  ) {
    this.head = head;
    this.event = event;
    this.segment = segment;
    this.range = range;
    this.rowRange = rowRange;
  }

  get bytes(): number {
    return lengthOf(this.range);
  }

  payload(): Uint8Array<ArrayBuffer> {
    return this.segment.payload(this.range);
  }

  /** The row as it is in its blob, without the line end. In a buffer that others use too, so never to be changed. */
  row(): Uint8Array<ArrayBuffer> {
    return this.segment.row(this.rowRange);
  }

  get rowBytes(): number {
    return lengthOf(this.rowRange);
  }

  /** Bytes of memory that its objects take, beside the buffers. */
  get objectBytes(): number {
    return OBJECT_BYTES + (this.event === undefined ? 0 : EVENT_FACTOR * this.rowBytes);
  }
}

/** What a segment is made with. */
export interface SegmentOptions {
  /** Stands between two deliveries. */
  readonly separator: string;
  readonly account: MemoryAccount;
  /** Bytes that are allocated at first. */
  readonly room: { readonly payloads: number; readonly rows: number };
}

/**
 * It is written by one encoder, and held by the lanes that have deliveries of it. Its memory is counted once and whole for as long
 * as anybody holds it: what nobody needs any more is not free while something beside it is needed.
 */
export class Segment {
  /** Stands between two deliveries. */
  readonly separator: string;
  readonly #account: MemoryAccount;
  readonly #payloads: ByteWriter;
  readonly #rows: ByteWriter;
  #isClosed = false;
  #deliveries = 0;
  #bytes = 0;
  /** Bytes of memory beside the buffers. */
  #beside = 0;
  #holders = 0;
  #counted = 0;
  #compressed:
    | { readonly range: ByteRange; readonly compress: Compress; readonly result: ReturnType<Compress> }
    | undefined;
  #compressedBytes = 0;

  constructor({ separator, account, room }: SegmentOptions) {
    this.separator = separator;
    this.#account = account;
    this.#payloads = new ByteWriter(room.payloads);
    this.#rows = new ByteWriter(room.rows);
  }

  /** Whether nothing is added any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get deliveries(): number {
    return this.#deliveries;
  }

  /** Of all its deliveries, without what stands between them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that were written. */
  get written(): { readonly payloads: number; readonly rows: number } {
    return { payloads: this.#payloads.length, rows: this.#rows.length };
  }

  /** Bytes of memory that it takes, whatever of it is needed. */
  get memory(): number {
    return this.#payloads.capacity + this.#rows.capacity + this.#beside + this.#compressedBytes;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Keeps a copy of a row: one that waits must not keep a page of some MiB in memory. */
  addRow(bytes: Uint8Array): ByteRange {
    const start = this.#rows.length;
    this.#rows.bytes(bytes);
    return { start, end: this.#rows.length };
  }

  /** Writes a delivery of a row that was added. An encoding that throws leaves nothing behind. */
  add(delivery: Delivery, encoding: Encoding, row: ByteRange): Encoded {
    const before = this.#payloads.length;
    try {
      const start = this.#begun();
      encoding.write(delivery, this.#payloads);
      const event = encoding.keepsEvents ? delivery.event : undefined;
      return this.#added({ head: delivery.head, event }, start, row);
    } catch (error) {
      this.#payloads.truncate(before);
      throw error;
    }
  }

  /** Writes a copy of what another segment has. */
  addCopy(encoded: Pick<EncodedDelivery, 'head' | 'event' | 'payload'>, row: ByteRange): Encoded {
    const start = this.#begun();
    this.#payloads.bytes(encoded.payload());
    return this.#added(encoded, start, row);
  }

  /** Takes back the delivery that was added last. */
  takeBack({ bytes, objectBytes, range }: Encoded): void {
    this.#payloads.truncate(Math.max(0, range.start - this.separator.length));
    this.#deliveries -= 1;
    this.#bytes -= bytes;
    this.#beside -= objectBytes;
    this.#count();
  }

  payload({ start, end }: ByteRange): Uint8Array<ArrayBuffer> {
    return this.#payloads.slice(start, end);
  }

  row({ start, end }: ByteRange): Uint8Array<ArrayBuffer> {
    return this.#rows.slice(start, end);
  }

  /** A range compressed: once for all who ask for the same range one after the other. */
  compressed(range: ByteRange, compress: Compress): ReturnType<Compress> {
    const known = this.#compressed;
    if (known?.compress === compress && known.range.start === range.start && known.range.end === range.end) {
      return known.result;
    }
    const result = compress(this.payload(range));
    this.#compressed = { range, compress, result };
    result.then(
      ({ buffer }) => this.#keepCompressed(result, buffer.byteLength),
      () => {
        if (this.#compressed?.result === result) this.#compressed = undefined;
      },
    );
    return result;
  }

  hold(): void {
    this.#holders += 1;
    this.#count();
  }

  /** The last release closes it, and gives its memory back. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    this.#isClosed = true;
    this.#compressed = undefined;
    this.#account.give(this.#counted);
    this.#counted = 0;
  }

  #keepCompressed(result: ReturnType<Compress>, bytes: number): void {
    if (this.#compressed?.result !== result) return;
    this.#compressedBytes = bytes;
    this.#count();
  }

  #begun(): number {
    if (this.#payloads.length > 0) this.#payloads.text(this.separator);
    return this.#payloads.length;
  }

  #added(of: Pick<EncodedDelivery, 'head' | 'event'>, start: number, row: ByteRange): Encoded {
    const encoded = new Encoded(of, this, { start, end: this.#payloads.length }, row);
    this.#deliveries += 1;
    this.#bytes += encoded.bytes;
    this.#beside += encoded.objectBytes;
    this.#count();
    return encoded;
  }

  /** Brings what is counted up to what it takes. */
  #count(): void {
    if (this.#holders === 0) return;
    const { memory } = this;
    this.#account.take(memory - this.#counted);
    this.#counted = memory;
  }
}

function lengthOf({ start, end }: ByteRange): number {
  return end - start;
}

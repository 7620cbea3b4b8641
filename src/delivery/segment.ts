/** A segment: a buffer that the lanes of a visit share, with consecutive deliveries of one encoding. */
import { type RawRow, type RowContent, writeRow } from '../blobs/rows/raw-row.ts';
import type { Alteration } from '../destinations/alteration.ts';
import type { Compress, Delivery, EncodedDelivery, Encoding, EnvelopeHead } from '../destinations/port.ts';
import { type Buffers, ByteWriter } from '../shared/byte-writer.ts';
import { faultOr } from './fault.ts';

/** The account against which memory is counted. */
export interface MemoryAccount {
  /** Where buffers come from and go to; without it, each segment makes its own. */
  readonly buffers?: Buffers;
  take(bytes: number): void;
  give(bytes: number): void;
}

/** The memory that the objects of one delivery take in addition to its bytes. */
const OBJECT_BYTES = 256;

/** A range of a buffer, from `start` up to, but not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Which of the deliveries that a lane takes of one row this is; most rows have one. */
export type RowPart = 'only' | 'first' | 'inner' | 'last';

/** A row, and where a segment keeps its bytes: `from` the first up to, but not including, `to`. */
export interface KeptRow extends Pick<RawRow, 'offset' | 'end'> {
  readonly from: number;
  readonly to: number;
  /** As which part of the row the next delivery of it is added. */
  readonly part: RowPart;
}

/** What is known of a delivery in addition to its row. */
interface Written extends Pick<EncodedDelivery, 'head'>, ByteRange {
  readonly alterations: readonly Alteration[] | undefined;
}

/**
 * One encoded delivery, which is a range of the payloads of its segment, and the row from which it was made. It is all that waits of a
 * delivery beside the buffers, for all lanes that take it as the same part of its row: so it is one object.
 */
export class Encoded implements EncodedDelivery, ByteRange {
  readonly head: EnvelopeHead;
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
  /** The logical offset of the row's first byte in its blob. */
  readonly offset: number;
  /** The logical offset behind the row's line end. */
  readonly offsetBehind: number;
  readonly #rowFrom: number;
  readonly #rowTo: number;
  readonly part: RowPart;
  /** What its encoding altered; undefined for nothing, and for what was encoded by a former process. */
  readonly alterations: readonly Alteration[] | undefined;

  constructor({ head, alterations, start, end }: Written, segment: Segment, row: KeptRow) {
    this.head = head;
    this.segment = segment;
    this.start = start;
    this.end = end;
    this.offset = row.offset;
    this.offsetBehind = row.end;
    this.#rowFrom = row.from;
    this.#rowTo = row.to;
    this.part = row.part;
    this.alterations = alterations;
  }

  get bytes(): number {
    return this.end - this.start;
  }

  /** Whether this is the last delivery of its row. */
  get endsRow(): boolean {
    return this.part === 'only' || this.part === 'last';
  }

  /** The bytes that it keeps in memory: its own, and for the first delivery of a row also the row's. */
  get memory(): number {
    const isFirst = this.part === 'only' || this.part === 'first';
    return this.end - this.start + (isFirst ? this.rowBytes : 0);
  }

  /** The same as another part of the row, for a lane that takes other deliveries of it. */
  as(part: RowPart): Encoded {
    return new Encoded(this, this.segment, { ...this.keptRow, part });
  }

  payload(): Uint8Array<ArrayBuffer> {
    return this.segment.payload(this);
  }

  /** The row as it is in its blob, without the line end. A view of a shared buffer, which must not be changed. */
  row(): Uint8Array<ArrayBuffer> {
    return this.segment.row({ start: this.#rowFrom, end: this.#rowTo });
  }

  /** Where its row is, in the blob and in the segment. */
  get keptRow(): KeptRow {
    const { offset, offsetBehind: end, part } = this;
    return { offset, end, from: this.#rowFrom, to: this.#rowTo, part };
  }

  /** Whether another delivery was made from the same row, which their segment has once. */
  sharesRow(other: Encoded): boolean {
    return this.segment === other.segment && this.#rowFrom === other.#rowFrom && this.offset === other.offset;
  }

  copyPayload(to: ByteWriter): void {
    this.segment.copyPayload(this, to);
  }

  copyRow(to: ByteWriter): void {
    this.segment.copyRow({ start: this.#rowFrom, end: this.#rowTo }, to);
  }

  get rowBytes(): number {
    return this.#rowTo - this.#rowFrom;
  }

  /** The memory of the delivery's objects, without the buffers, in bytes. */
  get objectBytes(): number {
    return OBJECT_BYTES;
  }
}

/** The options of a new segment. */
export interface SegmentOptions {
  /** Stands between two deliveries. */
  readonly separator: string;
  readonly account: MemoryAccount;
  /** How many bytes to allocate at first. */
  readonly room: { readonly payloads: number; readonly rows: number };
}

/**
 * One encoder writes the segment, and the lanes that have deliveries in it hold it. Its whole memory is counted, once, as long as
 * anything holds it, because parts that are no longer needed are not freed while other parts are.
 *
 * With the last hold, its buffers serve other segments ({@link MemoryAccount.buffers}), unless a view of them was handed out: a view may
 * be in the hands of a socket, a thread of zlib or a dead letter for longer than anybody here knows, and would change under them. So
 * `payload` and `row` lend the buffer for good, and the garbage collector frees it; `compressed`, `copyPayload` and `copyRow` lend nothing,
 * since they are done with the bytes when they return or, where a compression has not ended yet, lend them too. A buffer that became too
 * small is given back in the same way. A segment that nobody holds any more refuses to be read.
 */
export class Segment {
  /** Stands between two deliveries. */
  readonly separator: string;
  readonly #account: MemoryAccount;
  readonly #payloads: ByteWriter;
  readonly #rows: ByteWriter;
  /** Compressions that still read the payloads. */
  #compressing = 0;
  #isClosed = false;
  #deliveries = 0;
  #bytes = 0;
  /** The memory of objects, in addition to the buffers, in bytes. */
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
    this.#payloads = new ByteWriter(room.payloads, account.buffers);
    this.#rows = new ByteWriter(room.rows, account.buffers);
  }

  /** Whether the segment is closed, so that nothing more is added. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get deliveries(): number {
    return this.#deliveries;
  }

  /** The bytes of all deliveries, without separators. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of bytes written. */
  get written(): { readonly payloads: number; readonly rows: number } {
    return { payloads: this.#payloads.length, rows: this.#rows.length };
  }

  /** The segment's memory in bytes, including parts that are no longer needed. */
  get memory(): number {
    return this.#payloads.capacity + this.#rows.capacity + this.#beside + this.#compressedBytes;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Copies a row into the segment, so that a waiting row does not keep a page of some MiB in memory. Returns where it begins there. */
  addRow(content: RowContent): number {
    const from = this.#rows.length;
    writeRow(content, this.#rows);
    return from;
  }

  /** Copies the row of another segment's delivery. */
  addRowOf(encoded: Encoded): KeptRow {
    const from = this.#rows.length;
    encoded.copyRow(this.#rows);
    return { ...encoded.keptRow, from, to: this.#rows.length };
  }

  /** How many bytes of rows it has. */
  get rowsLength(): number {
    return this.#rows.length;
  }

  /**
   * Writes a delivery of a row that was added before. Throws a {@link DestinationFaultError} if the encoding throws; the segment stays
   * unchanged then.
   */
  add(delivery: Delivery, encoding: Encoding, row: KeptRow): Encoded {
    const before = this.#payloads.length;
    try {
      const start = this.#begun();
      const alterations = write(encoding, delivery, this.#payloads);
      return this.#added(delivery.head, alterations, start, row);
    } catch (error) {
      this.#payloads.truncate(before);
      throw error;
    }
  }

  /** Writes a copy of another segment's delivery. */
  addCopy(encoded: Encoded, row: KeptRow): Encoded {
    const start = this.#begun();
    encoded.copyPayload(this.#payloads);
    return this.#added(encoded.head, encoded.alterations, start, row);
  }

  /** Writes a delivery that was encoded before. */
  addEncoded(head: EnvelopeHead, payload: string, row: KeptRow): Encoded {
    const start = this.#begun();
    this.#payloads.text(payload);
    return this.#added(head, undefined, start, row);
  }

  /** Removes the delivery that was added last. */
  takeBack({ bytes, objectBytes, start }: Encoded): void {
    this.#payloads.truncate(Math.max(0, start - this.separator.length));
    this.#deliveries -= 1;
    this.#bytes -= bytes;
    this.#beside -= objectBytes;
    this.#count();
  }

  /** A view of payloads. It keeps the buffer from being used again. */
  payload(range: ByteRange): Uint8Array<ArrayBuffer> {
    this.#payloads.lend();
    return this.#viewOf(this.#payloads, range);
  }

  /** A view of rows. It keeps the buffer from being used again. */
  row(range: ByteRange): Uint8Array<ArrayBuffer> {
    this.#rows.lend();
    return this.#viewOf(this.#rows, range);
  }

  copyPayload(range: ByteRange, to: ByteWriter): void {
    to.bytes(this.#viewOf(this.#payloads, range));
  }

  copyRow(range: ByteRange, to: ByteWriter): void {
    to.bytes(this.#viewOf(this.#rows, range));
  }

  /** Compresses a range. Consecutive calls for the same range share one result. */
  compressed(range: ByteRange, compress: Compress): ReturnType<Compress> {
    const known = this.#compressed;
    if (known?.compress === compress && known.range.start === range.start && known.range.end === range.end) {
      return known.result;
    }
    const view = this.#viewOf(this.#payloads, range);
    // A buffer that may still grow is given back when it does, whoever reads it.
    if (!this.#isClosed) this.#payloads.lend();
    this.#compressing += 1;
    const result = compress(view);
    this.#compressed = { range, compress, result };
    result.then(
      ({ buffer }) => {
        this.#compressing -= 1;
        if (buffer === view.buffer) this.#payloads.lend();
        this.#keepCompressed(result, buffer.byteLength);
      },
      () => {
        this.#compressing -= 1;
        if (this.#compressed?.result === result) this.#compressed = undefined;
      },
    );
    return result;
  }

  hold(): void {
    this.#holders += 1;
    this.#count();
  }

  /** Releases one hold. The last release closes the segment and frees its memory. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    this.#isClosed = true;
    this.#compressed = undefined;
    this.#account.give(this.#counted);
    this.#counted = 0;
    this.#giveBuffers();
  }

  #giveBuffers(): void {
    if (this.#compressing > 0) this.#payloads.lend();
    this.#payloads.release();
    this.#rows.release();
  }

  #viewOf(writer: ByteWriter, { start, end }: ByteRange): Uint8Array<ArrayBuffer> {
    if (end > writer.length) throw new RangeError('the buffers of this segment serve another one');
    return writer.peek(start, end);
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

  #added(
    head: EnvelopeHead,
    alterations: readonly Alteration[] | undefined,
    start: number,
    row: KeptRow,
  ): Encoded {
    const encoded = new Encoded({ head, alterations, start, end: this.#payloads.length }, this, row);
    this.#deliveries += 1;
    this.#bytes += encoded.bytes;
    this.#beside += encoded.objectBytes;
    this.#count();
    return encoded;
  }

  /** Updates the account to the memory that the segment takes now. */
  #count(): void {
    if (this.#holders === 0) return;
    const { memory } = this;
    this.#account.take(memory - this.#counted);
    this.#counted = memory;
  }
}

/** What the encoding that writes now has reported: nearly always nothing, so that a delivery costs no list. Encodings write at once. */
let reported: Alteration[] = [];
const report = (alteration: Alteration) => void reported.push(alteration);

function write(encoding: Encoding, delivery: Delivery, to: ByteWriter): readonly Alteration[] | undefined {
  if (reported.length > 0) reported = [];
  try {
    encoding.write(delivery, to, report);
    return reported.length > 0 ? reported : undefined;
  } catch (error) {
    throw faultOr(error, 'Encoding a row');
  }
}

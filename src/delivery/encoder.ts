/** Encodes the rows of one visit, once for all of its lanes whose destinations encode alike. */
import type { RawRow } from '../blobs/rows/raw-row.ts';
import type { BatchLimits, Delivery, Destination, Encoding } from '../destinations/port.ts';
import { type ByteRange, type Encoded, type MemoryAccount, Segment } from './segment.ts';

/** Allocated for a visit's first rows: most visits have few. Bytes. */
const FIRST_ROOM = 1024;
/** Beyond what the segment before took, so that one of about the same length never grows. */
const SPARE = 1.125;

/** How large a segment becomes: as a batch of the lanes it is for, so that each batch is one piece of one segment. */
export type SegmentLimits = Pick<BatchLimits, 'items' | 'bytes'>;

/**
 * Writes deliveries into segments. Lanes that take the same deliveries and are sent at the same time have batches that are the
 * same ranges of the same segments; where they differ each has its own ranges of them.
 */
export class Encoder {
  readonly #encoding: Encoding;
  readonly #limits: SegmentLimits;
  readonly #account: MemoryAccount;
  #open: Segment | undefined;
  #room = { payloads: FIRST_ROOM, rows: FIRST_ROOM };
  /** The row that was encoded last: the other lanes ask for the same. */
  #offset = -1;
  #rowIn: { readonly segment: Segment; readonly range: ByteRange } | undefined;
  readonly #made: (readonly [Delivery, Encoded])[] = [];

  constructor(encoding: Encoding, limits: SegmentLimits, account: MemoryAccount) {
    this.#encoding = encoding;
    this.#limits = limits;
    this.#account = account;
  }

  /** One delivery of a row. Rows come in the order of the blob; each delivery of a row is encoded once, whoever asks. */
  encode(raw: Pick<RawRow, 'offset' | 'bytes'>, delivery: Delivery): Encoded {
    if (raw.offset !== this.#offset) this.#forget(raw.offset);
    const known = this.#made.find(([made]) => made === delivery);
    if (known) return known[1];
    const encoded = this.#add(raw.bytes, delivery);
    this.#made.push([delivery, encoded]);
    return encoded;
  }

  /** A batch of a lane ends with this segment: what comes next is for another batch. */
  close(segment: Segment): void {
    if (segment !== this.#open) return;
    segment.close();
    this.#open = undefined;
    const { payloads, rows } = segment.written;
    this.#room = { payloads: this.#roomFor(payloads), rows: this.#roomFor(rows) };
  }

  /** The last row is not asked for any more: its memory need not be kept. */
  finish(): void {
    this.#forget(-1);
  }

  #forget(offset: number): void {
    this.#offset = offset;
    this.#rowIn = undefined;
    this.#made.length = 0;
  }

  #add(row: Uint8Array, delivery: Delivery): Encoded {
    const segment = this.#segment();
    const encoded = segment.add(delivery, this.#encoding, this.#rowOf(segment, row));
    const isOver = segment.bytes > this.#limits.bytes && segment.deliveries > 1;
    if (!isOver) return this.#closedIfFull(encoded);
    // It begins the next batch: the lanes count as this does.
    this.close(segment);
    const next = this.#segment();
    const moved = next.addCopy(encoded, this.#rowOf(next, row));
    segment.takeBack(encoded);
    return this.#closedIfFull(moved);
  }

  #closedIfFull(encoded: Encoded): Encoded {
    const { segment } = encoded;
    const { items, bytes } = this.#limits;
    if (segment.deliveries >= items || segment.bytes >= bytes) this.close(segment);
    return encoded;
  }

  #segment(): Segment {
    if (this.#open && !this.#open.isClosed) return this.#open;
    const { separator } = this.#encoding;
    this.#open = new Segment({ separator, account: this.#account, room: this.#room });
    return this.#open;
  }

  #roomFor(written: number): number {
    return Math.ceil(Math.min(written, this.#limits.bytes) * SPARE);
  }

  #rowOf(segment: Segment, row: Uint8Array): ByteRange {
    if (this.#rowIn?.segment !== segment) this.#rowIn = { segment, range: segment.addRow(row) };
    return this.#rowIn.range;
  }
}

/** The encoders of a visit, by the key of the encoding. Destinations that encode alike share one; the smallest of their limits is its. */
export function createEncoders(
  destinations: readonly Destination[],
  account: MemoryAccount,
): ReadonlyMap<string, Encoder> {
  const alike = Map.groupBy(destinations, ({ encoding }) => encoding.key);
  return new Map(
    [...alike].flatMap(([key, [first, ...others]]) => {
      if (!first) return [];
      const all = [first, ...others].map(({ batch }) => batch);
      const items = Math.min(...all.map((limits) => limits.items));
      const bytes = Math.min(...all.map((limits) => limits.bytes));
      return [[key, new Encoder(first.encoding, { items, bytes }, account)]];
    }),
  );
}

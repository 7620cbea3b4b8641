/** Encodes the rows of one visit, once for all of its lanes whose destinations use the same encoding. */
import type { RawRow } from '../blobs/rows/raw-row.ts';
import type { BatchLimits, Delivery, Destination, Encoding } from '../destinations/port.ts';
import { type ByteRange, type Encoded, type MemoryAccount, Segment } from './segment.ts';

/** The bytes allocated for a visit's first rows; most visits have few rows. */
const FIRST_ROOM = 1024;
/** The factor by which a new segment exceeds the length of the segment before, so that a segment of similar length need not grow. */
const SPARE = 1.125;

/** What was encoded of a row; a list that is emptied and filled for each row would allocate room for sixteen each time. */
interface Made {
  readonly delivery: Delivery;
  readonly encoded: Encoded;
  readonly before: Made | undefined;
}

/**
 * Writes deliveries into segments. The batches of lanes are ranges of these segments. Lanes that take the same deliveries, and whose
 * batches have the encoder's limits, have equal ranges; other lanes have different ranges of the same segments.
 */
export class Encoder {
  readonly #encoding: Encoding;
  /** The limits of a segment, which are those of a batch, so that each batch is one range of one segment. */
  readonly #limits: BatchLimits;
  readonly #account: MemoryAccount;
  #open: Segment | undefined;
  #room = { payloads: FIRST_ROOM, rows: FIRST_ROOM };
  /** What the last segment and the one before it had. */
  #before = { payloads: 0, rows: 0 };
  /** The offset of the row that was encoded last, which the other lanes ask for too. */
  #offset = -1;
  /** Where that row was copied to: the place in the rows of a segment. */
  #rowIn: Segment | undefined;
  #rowRange: ByteRange = { start: 0, end: 0 };
  #made: Made | undefined;

  constructor(encoding: Encoding, limits: BatchLimits, account: MemoryAccount) {
    this.#encoding = encoding;
    this.#limits = limits;
    this.#account = account;
  }

  /** Whether batches of these limits end where segments end. */
  isCutBy({ items, bytes, ageMs }: BatchLimits): boolean {
    const own = this.#limits;
    return items === own.items && bytes === own.bytes && ageMs === own.ageMs;
  }

  /** Encodes a delivery of a row. Rows come in the order of the blob; each delivery is encoded once, however many lanes ask for it. */
  encode(raw: Pick<RawRow, 'offset' | 'bytes'>, delivery: Delivery): Encoded {
    if (raw.offset !== this.#offset) this.#forget(raw.offset);
    for (let made = this.#made; made; made = made.before) if (made.delivery === delivery) return made.encoded;
    const encoded = this.#add(raw.bytes, delivery);
    this.#made = { delivery, encoded, before: this.#made };
    return encoded;
  }

  /** Closes a segment because the batch of a lane ends with it. The next delivery begins a new segment. */
  close(segment: Segment): void {
    if (segment !== this.#open) return;
    segment.close();
    this.#open = undefined;
    const { written } = segment;
    // The larger of two: one that was closed early, as where its lane waits for room, says little of the next one, which would grow in many steps.
    this.#room = {
      payloads: this.#roomFor(Math.max(written.payloads, this.#before.payloads)),
      rows: this.#roomFor(Math.max(written.rows, this.#before.rows)),
    };
    this.#before = written;
  }

  /** Releases the last row, for which no lane asks any more. */
  finish(): void {
    this.#forget(-1);
  }

  #forget(offset: number): void {
    this.#offset = offset;
    this.#rowIn = undefined;
    this.#made = undefined;
  }

  #add(row: Uint8Array, delivery: Delivery): Encoded {
    const segment = this.#segment();
    const encoded = segment.add(delivery, this.#encoding, this.#rowOf(segment, row));
    const isOver = segment.bytes > this.#limits.bytes && segment.deliveries > 1;
    if (!isOver) return this.#closedIfFull(encoded);
    // The delivery exceeds the limits, so it begins the next batch; the lanes apply the same limits and do the same.
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
    if (this.#rowIn !== segment) {
      this.#rowRange = segment.addRow(row);
      this.#rowIn = segment;
    }
    return this.#rowRange;
  }
}

/** Makes the encoders of a visit, by the key of the encoding. Destinations with the same encoding share an encoder with the smallest of their limits. */
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
      const ageMs = Math.min(...all.map((limits) => limits.ageMs));
      return [[key, new Encoder(first.encoding, { items, bytes, ageMs }, account)]];
    }),
  );
}

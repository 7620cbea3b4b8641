/** Encodes the rows of one visit, once for all of its lanes whose destinations use the same encoding. */
import type { RawRow, RowContent } from '../blobs/rows/raw-row.ts';
import type { BatchLimits, Delivery, Destination, Encoding } from '../destinations/port.ts';
import { type Encoded, type KeptRow, type MemoryAccount, type RowPart, Segment } from './segment.ts';

/** The bytes allocated for a visit's first rows; most visits have few rows. */
const FIRST_ROOM = 1024;
/** The factor by which a new segment exceeds the length of the segment before, so that a segment of similar length need not grow. */
const SPARE = 1.125;

/** A row as the encoder needs it. */
export type EncodableRow = Pick<RawRow, 'offset' | 'end'> & RowContent;

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
  /** The row that was encoded last, which the other lanes ask for too, and where it was copied to: one object for all rows, as its numbers are copied. */
  readonly #row: { -readonly [Name in keyof KeptRow]: KeptRow[Name] } = {
    offset: -1,
    end: 0,
    from: 0,
    to: 0,
    part: 'only',
  };
  #rowIn: Segment | undefined;
  /** What was made of that row: the last, and those before it, which most rows do not have. */
  #delivery: Delivery | undefined;
  #encoded: Encoded | undefined;
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

  /**
   * Encodes a delivery of a row. Rows come in the order of the blob; each delivery is encoded once, however many lanes ask for it.
   * @param part which of the deliveries of the row it is that the lane takes.
   */
  encode(raw: EncodableRow, delivery: Delivery, part: RowPart = 'only'): Encoded {
    if (raw.offset !== this.#row.offset) this.#forget(raw);
    const known = this.#known(delivery);
    if (known) return known.part === part ? known : known.as(part);
    this.#row.part = part;
    const encoded = this.#add(raw, delivery);
    if (this.#delivery && this.#encoded)
      this.#made = { delivery: this.#delivery, encoded: this.#encoded, before: this.#made };
    this.#delivery = delivery;
    this.#encoded = encoded;
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
    this.#forget({ offset: -1, end: 0 });
  }

  #known(delivery: Delivery): Encoded | undefined {
    if (this.#delivery === delivery) return this.#encoded;
    for (let made = this.#made; made; made = made.before) if (made.delivery === delivery) return made.encoded;
    return undefined;
  }

  #forget({ offset, end }: Pick<RawRow, 'offset' | 'end'>): void {
    this.#row.offset = offset;
    this.#row.end = end;
    this.#rowIn = undefined;
    this.#delivery = undefined;
    this.#encoded = undefined;
    this.#made = undefined;
  }

  #add(raw: RowContent, delivery: Delivery): Encoded {
    const segment = this.#segment();
    const encoded = segment.add(delivery, this.#encoding, this.#rowOf(segment, raw));
    const isOver = segment.bytes > this.#limits.bytes && segment.deliveries > 1;
    if (!isOver) return this.#closedIfFull(encoded);
    // The delivery exceeds the limits, so it begins the next batch; the lanes apply the same limits and do the same.
    this.close(segment);
    const next = this.#segment();
    const moved = next.addCopy(encoded, this.#rowOf(next, raw));
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

  #rowOf(segment: Segment, content: RowContent): KeptRow {
    if (this.#rowIn !== segment) {
      this.#row.from = segment.addRow(content);
      this.#row.to = segment.rowsLength;
      this.#rowIn = segment;
    }
    return this.#row;
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

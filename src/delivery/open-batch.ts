/** The batch that a lane is filling, until it is full or old enough. */

import type { Encoded, Segment } from './segment.ts';

/** Replaces consecutive items by copies in a new segment. */
export type Copying = (items: readonly Encoded[]) => readonly Encoded[];

/** If a lane uses less than this part of a segment, its deliveries are copied, so that the segment can be released. */
const WORTH_KEEPING = 1 / 2;

/**
 * A lane that takes few of the deliveries in the shared segments would keep whole segments in memory for them. So when a segment ends,
 * the lane's share of it is checked and perhaps copied. A batch therefore takes at most twice its own bytes in memory, plus one segment.
 */
export class OpenBatch {
  readonly #copying: Copying;
  readonly #items: Encoded[] = [];
  #bytes = 0;
  /** The segment of the last item, the position of the batch's first item in it, and the bytes of these items. */
  #tail: { readonly segment: Segment; readonly from: number; bytes: number } | undefined;
  /** The range that the batch is, while it is one range of one segment. */
  #range: { readonly segment: Segment; end: number } | undefined;

  constructor(copying: Copying) {
    this.#copying = copying;
  }

  get items(): readonly Encoded[] {
    return this.#items;
  }

  /** The bytes of the deliveries, without the separators between them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the batch is one range of one segment, ends where that segment ended, and a delivery of `segment` follows. */
  isWholeBefore(segment: Segment): boolean {
    const last = this.#range;
    return last !== undefined && last.segment !== segment && last.end === last.segment.written.payloads;
  }

  add(item: Encoded): void {
    const { segment, bytes, start, end } = item;
    const last = this.#range;
    if (this.#items.length === 0) this.#range = { segment, end };
    else if (last?.segment === segment && last.end + segment.separator.length === start) last.end = end;
    else this.#range = undefined;
    if (this.#tail?.segment !== segment) {
      this.#compact();
      this.#tail = { segment, from: this.#items.length, bytes: 0 };
    }
    this.#items.push(item);
    this.#bytes += bytes;
    this.#tail.bytes += bytes;
  }

  /** Ends the batch: nothing is added any more. */
  seal(): void {
    this.#compact();
    this.#tail = undefined;
  }

  #compact(): void {
    const tail = this.#tail;
    if (!tail || tail.bytes >= tail.segment.bytes * WORTH_KEEPING) return;
    this.#items.splice(tail.from, Number.POSITIVE_INFINITY, ...this.#copying(this.#items.slice(tail.from)));
  }
}

/** A batch that a lane fills, until it is full or old enough. */

import type { Segment } from './segment.ts';
import type { Item } from './sender.ts';

/** Keeps copies of items that follow each other, instead of the items. */
export type Copying = (items: readonly Item[]) => readonly Item[];

/** Less than this part of a segment is copied rather than kept with the whole segment. */
const WORTH_KEEPING = 1 / 2;

/**
 * A lane that takes few of the deliveries that were written for all would keep whole segments for them. What it has of each segment is
 * looked at when the segment is over, so that a batch takes at most twice its own bytes in memory, and one segment.
 */
export class OpenBatch {
  readonly #copying: Copying;
  readonly #items: Item[] = [];
  #bytes = 0;
  /** The segment of the last item, where its items begin, and their bytes. */
  #tail: { readonly segment: Segment; readonly from: number; bytes: number } | undefined;

  constructor(copying: Copying) {
    this.#copying = copying;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  /** Of the deliveries, without what stands between them. */
  get bytes(): number {
    return this.#bytes;
  }

  add(item: Item): void {
    const { segment, bytes } = item.encoded;
    if (this.#tail?.segment !== segment) {
      this.#compact();
      this.#tail = { segment, from: this.#items.length, bytes: 0 };
    }
    this.#items.push(item);
    this.#bytes += bytes;
    this.#tail.bytes += bytes;
  }

  /** Nothing is added any more. */
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

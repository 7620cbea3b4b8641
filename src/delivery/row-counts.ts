/** Counts the rows of a lane by outcome, so that `xdr-relay audit` can prove completeness later. */

import type { RawRow } from '../blobs/rows/raw-row.ts';
import { addEach } from '../shared/counts.ts';

/** The rows before some offset by outcome; `rows` is the sum of the others. */
export interface RowCounts {
  readonly rows: number;
  readonly delivered: number;
  /** Dropped by a filter or as a repeat, or routed to other destinations only. */
  readonly filtered: number;
  /** Unreadable, or isolated. */
  readonly deadLettered: number;
}

export const NO_ROWS: RowCounts = { rows: 0, delivered: 0, filtered: 0, deadLettered: 0 };

export function addCounts(a: RowCounts, b: RowCounts): RowCounts {
  return addEach(NO_ROWS, a, b);
}

type Fate = keyof Omit<RowCounts, 'rows'>;

/** As what a row's fate is stored. */
const CODES: Readonly<Record<Fate, number>> = { delivered: 0, filtered: 1, deadLettered: 2 };
const FIRST_ROOM = 1_024;

/**
 * Counts the rows of a lane. It keeps the rows that the lane's offset has not passed yet, and the sums of the others. Tens of thousands
 * of rows may wait for a checkpoint, so they are numbers in typed arrays, which cost the garbage collector nothing.
 */
export class RowCounter {
  #sum: RowCounts = NO_ROWS;
  /** The offsets of the waiting rows, ascending, from `#first` up to, but not including, `#end`. */
  #offsets = new Float64Array(FIRST_ROOM);
  #fates = new Uint8Array(FIRST_ROOM);
  #first = 0;
  #end = 0;

  /** Records a row; rows come in the order of the blob. */
  row({ offset }: Pick<RawRow, 'offset'>, fate: Fate): void {
    if (this.#end === this.#offsets.length) this.#makeRoom();
    this.#offsets[this.#end] = offset;
    this.#fates[this.#end] = CODES[fate];
    this.#end++;
  }

  /** Records that a row that was to be delivered became a dead letter. */
  isolated({ offset }: Pick<RawRow, 'offset'>): void {
    const at = this.#offsets.indexOf(offset, this.#first);
    if (at >= 0 && at < this.#end) this.#fates[at] = CODES.deadLettered;
  }

  /** The counts of all rows that begin before `offset`, which never moves back. */
  before(offset: number): RowCounts {
    const offsets = this.#offsets;
    const fates = this.#fates;
    const first = this.#first;
    let at = first;
    let filtered = 0;
    let deadLettered = 0;
    for (; at < this.#end && (offsets[at] ?? 0) < offset; at++) {
      if (fates[at] === CODES.filtered) filtered++;
      else if (fates[at] === CODES.deadLettered) deadLettered++;
    }
    this.#first = at;
    const rows = at - first;
    const delivered = rows - filtered - deadLettered;
    if (rows > 0) this.#sum = addCounts(this.#sum, { rows, delivered, filtered, deadLettered });
    return this.#sum;
  }

  /** Moves the waiting rows to the front, into larger arrays if they take more than half of the room. */
  #makeRoom(): void {
    const count = this.#end - this.#first;
    const room = count > this.#offsets.length / 2 ? this.#offsets.length * 2 : this.#offsets.length;
    const offsets = new Float64Array(room);
    const fates = new Uint8Array(room);
    offsets.set(this.#offsets.subarray(this.#first, this.#end));
    fates.set(this.#fates.subarray(this.#first, this.#end));
    this.#offsets = offsets;
    this.#fates = fates;
    this.#first = 0;
    this.#end = count;
  }
}

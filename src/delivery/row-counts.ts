/** Counts how a lane's rows ended, so that `xdr-relay audit` can prove completeness later. */

import type { RawRow } from '../blobs/rows/raw-row.ts';
import { addEach } from '../shared/counts.ts';

/** Rows before some offset, by what became of them: `rows` is the sum of the others. */
export interface RowCounts {
  readonly rows: number;
  readonly delivered: number;
  /** Held back by a filter or as a repeat, or routed elsewhere. */
  readonly filtered: number;
  /** Unreadable, or isolated. */
  readonly deadLettered: number;
}

export const NO_ROWS: RowCounts = { rows: 0, delivered: 0, filtered: 0, deadLettered: 0 };

export function addCounts(a: RowCounts, b: RowCounts): RowCounts {
  return addEach(NO_ROWS, a, b);
}

interface Passed {
  readonly offset: number;
  /** Mutable: a row that was to be delivered may be isolated. */
  fate: keyof Omit<RowCounts, 'rows'>;
}

/** Rows that passed a lane. Holds those that its offset has not passed yet, and a sum of the others. */
export class RowCounter {
  #sum: RowCounts = NO_ROWS;
  #waiting: Passed[] = [];

  /** Rows come in blob order. */
  row({ offset }: Pick<RawRow, 'offset'>, fate: Passed['fate']): void {
    this.#waiting.push({ offset, fate });
  }

  /** A row that was to be delivered became a dead letter. */
  isolated({ offset }: Pick<RawRow, 'offset'>): void {
    const row = this.#waiting.find((waiting) => waiting.offset === offset);
    if (row) row.fate = 'deadLettered';
  }

  /** The counts of all rows that begin before `offset`, which never moves back. */
  before(offset: number): RowCounts {
    const at = this.#waiting.findIndex((row) => row.offset >= offset);
    const passed = this.#waiting.splice(0, at < 0 ? this.#waiting.length : at);
    const counted: { -readonly [Fate in keyof RowCounts]: number } = { ...this.#sum };
    for (const { fate } of passed) {
      counted.rows += 1;
      counted[fate] += 1;
    }
    this.#sum = counted;
    return counted;
  }
}

/** What a scan of a page of JSON Lines gives, the function that does it, and the memory that it may use again. */

/** The lines of a page as tables of integers; layout.ts says what they hold. */
export interface PageScan {
  /** How many rows the page has; blank lines are none. */
  readonly count: number;
  /** `ROW_INTS` integers a row. */
  readonly rows: Int32Array;
  /** `MEMBER_INTS` integers a member of an object. */
  readonly members: Int32Array;
  /** Where the unfinished last line begins, with its byte order mark; the page's end where there is none. */
  readonly rest: number;
}

/**
 * Scans the lines between `from` and `to` of a page, in which a line begins at `from`.
 *
 * @param rowLimit longest line in bytes, its line end included: a longer one is a row with `FLAG_TOO_LARGE`.
 */
export type ScanPage = (page: Uint8Array, from: number, to: number, rowLimit: number) => PageScan;

/** Makes a scan that writes its tables into `memory`, over what it wrote there before; without memory, into a new one each time. */
export type Scanner = (memory?: ScanMemory) => ScanPage;

/** Memory for the tables of one scan after the other: without it, pages leave garbage as large as they are. */
export class ScanMemory {
  readonly rows = new GrowingInts();
  readonly members = new GrowingInts();

  clear(): void {
    this.rows.clear();
    this.members.clear();
  }
}

/** Integers to which others are added. */
class GrowingInts {
  #ints = new Int32Array(0);
  #length = 0;

  /** How many integers were added since the last `clear`. */
  get length(): number {
    return this.#length;
  }

  add(ints: Int32Array): void {
    const at = this.#length;
    this.#length += ints.length;
    if (this.#length > this.#ints.length) {
      const grown = new Int32Array(Math.max(this.#length, this.#ints.length * 2));
      grown.set(this.#ints.subarray(0, at));
      this.#ints = grown;
    }
    this.#ints.set(ints, at);
  }

  /** A view of those from `from` on. The next `add` may move them, and after a `clear` it overwrites them. */
  view(from = 0): Int32Array {
    return this.#ints.subarray(from, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }
}

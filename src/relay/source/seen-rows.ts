/** The ids of rows that this process has read, for tables with `dedupe`. */

/** Ids that are remembered of one blob, half of them for sure: about 6 MB. */
const MOST_IDS = 65_536;

/** Where the rows of one blob first stood. The oldest are forgotten: then a repeat goes out, which is allowed. */
export class FirstOffsets {
  readonly createdOn: number;
  /** Logical offset up to which the blob was looked at without a gap. */
  readTo: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  constructor(createdOn: number, readTo: number) {
    this.createdOn = createdOn;
    this.readTo = readTo;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The lowest offset at which a row with this id was seen. */
  of(id: string): number | undefined {
    const [young, old] = [this.#young.get(id), this.#old.get(id)];
    return young === undefined || old === undefined ? (young ?? old) : Math.min(young, old);
  }

  add(id: string, offset: number): void {
    const before = this.of(id);
    if (before !== undefined && before <= offset) return;
    this.#young.set(id, offset);
    if (this.#young.size < MOST_IDS / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}

/** What this process remembers of the rows it has read, over all blobs: a cache, since all of it is in the blobs. */
export class SeenRows {
  readonly #most: number;
  readonly #byBlob = new Map<string, FirstOffsets>();

  /** @param most ids kept over all blobs; half a million are about 50 MB. */
  constructor(most = 500_000) {
    this.#most = most;
  }

  /** What is known of a blob; undefined when nothing is, or another blob had its name. */
  get(blob: string, createdOn: number): FirstOffsets | undefined {
    const found = this.#byBlob.get(blob);
    return found?.createdOn === createdOn ? found : undefined;
  }

  /** Marks it as used last, and forgets those used longest ago. */
  keep(blob: string, rows: FirstOffsets): void {
    this.#byBlob.delete(blob);
    this.#byBlob.set(blob, rows);
    let total = 0;
    for (const { size } of this.#byBlob.values()) total += size;
    for (const [oldest, { size }] of this.#byBlob) {
      if (total <= this.#most || oldest === blob) return;
      this.#byBlob.delete(oldest);
      total -= size;
    }
  }
}

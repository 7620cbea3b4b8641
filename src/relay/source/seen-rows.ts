/** Remembers the ids of rows that this process has read, for tables with `dedupe`. */

/** The most ids that are kept of one blob, about 6 MB. At least half as many are kept at any time. */
const MOST_IDS = 65_536;

/** The first offsets of the rows of one blob. The oldest are forgotten; a repeat of such a row is sent, which is allowed. */
export class FirstOffsets {
  readonly createdOn: number;
  /** The logical offset up to which the blob was read without a gap. */
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

/** The rows that this process has read, by blob. It is only a cache, because everything can be read from the blobs again. */
export class SeenRows {
  readonly #most: number;
  readonly #byBlob = new Map<string, FirstOffsets>();

  /** @param most how many ids to keep over all blobs; half a million take about 50 MB. */
  constructor(most = 500_000) {
    this.#most = most;
  }

  /** The rows of a blob; undefined if none are known, or if they are those of another blob of the same name. */
  get(blob: string, createdOn: number): FirstOffsets | undefined {
    const found = this.#byBlob.get(blob);
    return found?.createdOn === createdOn ? found : undefined;
  }

  /** Marks a blob's rows as most recently used, and forgets the least recently used ones. */
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

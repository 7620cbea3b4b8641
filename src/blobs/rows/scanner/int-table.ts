/** A table of integers that grows by whole rows. */
export class IntTable {
  #ints: Int32Array;
  /** Integers written so far. */
  length = 0;

  constructor(capacity: number) {
    this.#ints = new Int32Array(capacity);
  }

  /** Adds a row of so many zeros and returns where it begins. */
  add(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.#ints.length) {
      const grown = new Int32Array(this.length * 2);
      grown.set(this.#ints);
      this.#ints = grown;
    }
    return at;
  }

  set(at: number, value: number): void {
    this.#ints[at] = value;
  }

  /** Adds the rows of another table. */
  append(other: IntTable): void {
    const at = this.add(other.length);
    this.#ints.set(other.#ints.subarray(0, other.length), at);
  }

  /** Forgets what was written from `length` on. */
  cut(length: number): void {
    this.#ints.fill(0, length, this.length);
    this.length = length;
  }

  /** A copy of what was written. */
  ints(): Int32Array {
    return this.#ints.slice(0, this.length);
  }
}

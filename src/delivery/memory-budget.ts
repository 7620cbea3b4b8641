/** One budget of bytes for all rows that wait in this process, so that no destination can fill its memory. */

export class MemoryBudget {
  readonly #limit: number;
  #used = 0;

  /** @param limit bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that wait now. May exceed the limit by what lanes that had nothing took last. */
  get used(): number {
    return this.#used;
  }

  /** Whether lanes that hold something have to wait before they take more. */
  get isFull(): boolean {
    return this.#used >= this.#limit;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

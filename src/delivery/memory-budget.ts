/** A memory budget for all waiting rows of a process, so that no destination can fill its memory. */

export class MemoryBudget {
  readonly #limit: number;
  #used = 0;

  /** @param limit bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The bytes that wait now. They may exceed the limit, because a lane that holds nothing may always take a row. */
  get used(): number {
    return this.#used;
  }

  /** Whether lanes that already hold rows must wait before they take more. */
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

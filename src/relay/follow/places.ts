/** A fixed number of slots for visits. A visit that finds none free waits for its turn. */

export class Places {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  get isFull(): boolean {
    return this.#taken >= this.#most;
  }

  /** Resolves, once a slot is free, with a function that gives the slot back. */
  async enter(): Promise<() => void> {
    if (this.#taken < this.#most) this.#taken += 1;
    // A visit that ends passes its slot on to the first that waits.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    };
  }
}

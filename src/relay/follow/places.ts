/** Places for visits: a visit that finds none waits for its turn. */

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

  /** Resolves with what gives the place back. */
  async enter(): Promise<() => void> {
    if (this.#taken < this.#most) this.#taken += 1;
    // Who leaves hands the place on.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    };
  }
}

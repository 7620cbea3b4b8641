/** The places of a destination: how many requests of this process may be on their way to it at once. */

/**
 * A fixed number of places, given in the order they were asked for: no blob can push past another.
 *
 * Suspect requests (a batch that failed before, or a part of it) may take half of the places at most, and at least one: rows that
 * make a destination hang must not take every place from the others.
 */
export class Slots {
  readonly #all: Places;
  readonly #suspect: Places;

  constructor(places: number) {
    this.#all = new Places(places);
    this.#suspect = new Places(Math.max(1, Math.floor(places / 2)));
  }

  /** Runs `work` when a place is free. Rejects with the signal's reason when it is aborted while waiting. */
  run<T>(
    work: () => Promise<T>,
    signal: AbortSignal,
    options: { readonly suspect: boolean } = { suspect: false },
  ): Promise<T> {
    const inPlace = () => this.#all.run(work, signal);
    return options.suspect ? this.#suspect.run(inPlace, signal) : inPlace();
  }
}

class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

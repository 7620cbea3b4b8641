/** The request slots of a destination: how many requests of this process may be in flight to it at the same time. */

/**
 * A fixed number of slots, assigned in the order of the requests, so that no blob can overtake another.
 *
 * Suspect requests (a batch that failed before, or a part of it) may take at most half of the slots, but at least one, so that rows
 * that make a destination hang cannot take every slot from the others.
 */
export class Slots {
  readonly #all: Places;
  readonly #suspect: Places;

  constructor(places: number) {
    this.#all = new Places(places);
    this.#suspect = new Places(Math.max(1, Math.floor(places / 2)));
  }

  /** Runs `work` when a slot is free. Rejects with the signal's reason if it is aborted while waiting. */
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

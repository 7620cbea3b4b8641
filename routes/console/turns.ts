/** Lets a bounded number of views be made at once: each lists and parses much, on the thread that also moves rows. */

/** Views that are made at once. */
const AT_ONCE = 4;
/** Requests that wait for their turn. More are refused. */
const MOST_WAITING = 60;

export class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * Waits for a turn, and does the work in it. Undefined, at once, where too many wait already. A turn ends with the promise of `work`, or
   * with `signal`: work that does not heed the signal, such as a request to a storage that never answers, must not keep a turn from others
   * for ever.
   *
   * @param signal must be aborted in bounded time. Then the turn is not waited for any longer, and the promise rejects with its reason.
   */
  async take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    signal.throwIfAborted();
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MOST_WAITING) return undefined;
      await this.#turn(signal);
    } else this.#running += 1;
    const end = once(() => {
      // The turn goes to who waited longest, without becoming free between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    });
    signal.addEventListener('abort', end, { once: true });
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        const at = this.#waiting.indexOf(begin);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      const begin = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.push(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}

/** Does the work at the first call alone. */
function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}

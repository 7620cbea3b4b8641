/** Lets one part of a process tell another that there is something to do. */

export class Wake {
  #isSet = false;
  #wake: (() => void) | undefined;

  /** There is something to do. */
  wake(): void {
    this.#isSet = true;
    this.#wake?.();
  }

  /** Resolves at the next {@link wake}, at once where it was called since the last time this resolved, or when the signal is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#isSet && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    this.#wake = undefined;
    if (!signal.aborted) this.#isSet = false;
  }
}

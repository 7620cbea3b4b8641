/** Lets one part of a process notify another that there is work. */

export class Wake {
  #isSet = false;
  #wake: (() => void) | undefined;

  /** Notifies that there is work. */
  wake(): void {
    this.#isSet = true;
    this.#wake?.();
  }

  /** Resolves at the next {@link wake}, at once if there was one since this last resolved, or when the signal is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#isSet && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          // A loop waits a few times a second, for months: what it left at the signal would add up.
          signal.removeEventListener('abort', wake);
          // The loop may wait anew already when this wait, which it gave up, comes to its end.
          if (this.#wake === wake) this.#wake = undefined;
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    if (!signal.aborted) this.#isSet = false;
  }
}

/** Tells the built command that a start of `serve` is over, for what it keeps for the next one. */

let told: (() => void) | undefined;

/** Calls the listener once, when `serve` works for the first time in this process. */
export function whenStarted(listener: () => void): void {
  told = listener;
}

/** The start is over. */
export function started(): void {
  const listener = told;
  told = undefined;
  listener?.();
}

/** Tells a listener that a signal fired, also where it did so before anybody listened. */

/**
 * Calls `listener` once: when the signal is aborted, or at once if it is already. An aborted signal has no event any more, so code that only
 * listens, behind an `await`, may never learn that the process is to end.
 *
 * @returns what ends the listening.
 */
export function whenAborted(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

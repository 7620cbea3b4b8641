/** Stops waiting when a signal fires, for work that takes no notice of it. */

/** Settles as `work` does, or rejects with the signal's reason once that fires. What becomes of `work` then is its own affair. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const forward = () => reject(signal.reason);
  signal.addEventListener('abort', forward, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', forward);
  }
}

/** Stops waiting when a signal fires, for work that takes no notice of it. */
import { whenAborted } from './when-aborted.ts';

/** Settles as `work` does, or rejects with the signal's reason once that fires. What becomes of `work` then is its own affair. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const forget = whenAborted(signal, () => reject(signal.reason));
  try {
    return await Promise.race([work, aborted]);
  } finally {
    forget();
  }
}

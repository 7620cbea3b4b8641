/** Translates errors of libraries into the relay's errors. */

/** Does `work`, and throws what `asError` makes of its error; if `signal` is aborted, throws the signal's reason instead. */
export async function translated<T>(
  work: () => Promise<T>,
  asError: (thrown: unknown) => Error,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    signal?.throwIfAborted();
    throw asError(thrown);
  }
}

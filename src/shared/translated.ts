/** Errors of others turned into ours. */

/** Does `work`. What it throws is thrown as `asError` has it; once `signal` is aborted, its reason is thrown instead. */
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

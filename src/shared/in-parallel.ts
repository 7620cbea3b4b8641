/** Work on many items, some at a time. */

/**
 * Does `work` for every item, `concurrency` at a time, in no order. Throws at the first that fails, or with the signal's reason.
 * Nothing is left running when it returns or throws. Items may come one after the other from an async generator.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const rest = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    try {
      // An async generator answers calls of next() one after the other.
      for (let next = await rest.next(); !next.done && !failed; next = await rest.next()) {
        signal?.throwIfAborted();
        await work(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  if (failed) await rest.return?.(undefined);
  for (const result of workers) if (result.status === 'rejected') throw result.reason;
}

/** Processes many items, a limited number at a time. */

/**
 * Does `work` for every item, `concurrency` at a time, in no particular order. Throws the first failure, or the signal's reason.
 * When it returns or throws, nothing is still running. The items may come from an async generator.
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
      // An async generator queues concurrent calls of next(), so all loops can share one.
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

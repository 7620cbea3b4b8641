import type { TaskQueue } from './port.ts';

/**
 * Sends all bodies, `concurrency` at a time, in no order. Throws at the first that fails, or with the signal's reason:
 * then some are on the queue and some are not. No send is left running when it returns or throws.
 */
export async function sendAll(
  queue: Pick<TaskQueue, 'send'>,
  bodies: Iterable<string>,
  concurrency: number,
  signal?: AbortSignal,
): Promise<void> {
  const rest = bodies[Symbol.iterator]();
  let failed = false;
  const sender = async () => {
    for (let next = rest.next(); !next.done && !failed; next = rest.next()) {
      try {
        signal?.throwIfAborted();
        await queue.send(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const senders = await Promise.allSettled(Array.from({ length: concurrency }, sender));
  for (const result of senders) if (result.status === 'rejected') throw result.reason;
}

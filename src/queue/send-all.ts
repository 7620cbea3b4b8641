/** Sends many messages at once. */
import { inParallel } from '../shared/in-parallel.ts';
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
  await inParallel(bodies, concurrency, (body) => queue.send(body), signal);
}

/** Sends many messages at once. */
import { inParallel } from '../shared/in-parallel.ts';
import type { TaskQueue } from './port.ts';

/**
 * Sends all bodies, `concurrency` at a time, in no particular order. Throws the first failure, or the signal's reason; some of the
 * bodies are on the queue then. When it returns or throws, no send is still running.
 */
export async function sendAll(
  queue: Pick<TaskQueue, 'send'>,
  bodies: Iterable<string>,
  concurrency: number,
  signal?: AbortSignal,
): Promise<void> {
  await inParallel(bodies, concurrency, (body) => queue.send(body), signal);
}

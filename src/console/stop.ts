/** Limits what one request of an act begins. */
import type { ConsoleContext } from './page.ts';

/**
 * Runs `work` with a signal that is aborted when the act's time is up or the person has gone: `work` then begins nothing further, ends what
 * it has begun, and resolves. @param mostMs for what may take less time than an act.
 */
export async function untilStop<T>(
  { services, host, signal }: Pick<ConsoleContext, 'services' | 'host' | 'signal'>,
  work: (stop: AbortSignal) => Promise<T>,
  mostMs = Number.POSITIVE_INFINITY,
): Promise<T> {
  const over = new AbortController();
  const cancel = services.clock.after(Math.min(host.most.ms, mostMs), () => over.abort());
  try {
    return await work(AbortSignal.any([signal, over.signal]));
  } finally {
    cancel();
  }
}

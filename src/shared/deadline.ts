import { LONGEST_TIMER_MS } from './clock.ts';

/** Something took longer than it may. `code` is what Node gives a connection that timed out. */
export class DeadlineError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(ms: number) {
    super(`no answer within ${ms / 1000} s`);
    this.name = new.target.name;
  }
}

/**
 * Runs `work` for at most `ms` milliseconds, and no more than 24.8 days.
 *
 * Its signal fires when the time is up or when `signal` does; the promise rejects at that moment even if `work` does
 * not listen: with {@link DeadlineError}, or with the reason of `signal`.
 */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const { promise: cut, reject } = Promise.withResolvers<never>();
  const give = (reason: unknown) => {
    // Rejected first: `work` would otherwise win the race with the SDK's own, less telling, abort error.
    reject(reason);
    controller.abort(reason);
  };
  const timer = setTimeout(() => give(new DeadlineError(ms)), Math.min(ms, LONGEST_TIMER_MS));
  const forward = () => give(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  try {
    return await Promise.race([cut, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', forward);
  }
}

/** Limits the time that work may take. */
import { type Clock, systemClock } from './clock.ts';

/** Work exceeded its time limit. `code` is the code that Node gives a connection that timed out. */
export class DeadlineError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(ms: number) {
    super(`no answer within ${ms / 1000} s`);
    this.name = new.target.name;
  }
}

/**
 * Runs `work` for at most `ms` milliseconds of `clock`.
 *
 * The signal passed to `work` fires when the time is up or when `signal` fires. The promise rejects at that moment even if `work`
 * ignores its signal: with {@link DeadlineError}, or with the reason of `signal`.
 */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  clock: Pick<Clock, 'after'> = systemClock,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const { promise: cut, reject } = Promise.withResolvers<never>();
  const give = (reason: unknown) => {
    // Rejecting before aborting makes this reason win over the less informative abort error of the SDK.
    reject(reason);
    controller.abort(reason);
  };
  const cancel = clock.after(ms, () => give(new DeadlineError(ms)));
  const forward = () => give(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  try {
    return await Promise.race([cut, work(controller.signal)]);
  } finally {
    cancel();
    signal?.removeEventListener('abort', forward);
  }
}

/** For how long a batch is retried, and with which pauses. */

/** The limits for retrying one batch. */
export interface RetryPolicy {
  /** In milliseconds, like the other fields. */
  readonly retryForMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** The pause after a number of consecutive failures (1 or more), with jitter so that lanes do not retry at the same time. Milliseconds. */
export function backoffMs({ retryMinMs, retryMaxMs }: RetryPolicy, failures: number): number {
  const longest = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures - 1, 20));
  return longest * (0.5 + Math.random() / 2);
}

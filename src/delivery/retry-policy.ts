/** For how long a batch is tried again, and with which pauses. */

/** How long and how patiently one batch is tried. */
export interface RetryPolicy {
  /** Milliseconds, as the others. */
  readonly retryForMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** The pause after so many failures in a row (1 or more), with jitter so that lanes do not retry in step. Milliseconds. */
export function backoffMs({ retryMinMs, retryMaxMs }: RetryPolicy, failures: number): number {
  const longest = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures - 1, 20));
  return longest * (0.5 + Math.random() / 2);
}

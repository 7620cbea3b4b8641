/** Computes growing pauses between tries, and limits times that other consumers' clocks set. */

/** The pause after a number of consecutive failures (1 or more): it doubles each time, up to the longest. Milliseconds. */
export function pauseMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
}

/**
 * Limits a time that another consumer stored to the longest pause from now: a consumer whose clock is a day ahead must not take a
 * destination out of service for a day. All in milliseconds, `until` and `now` since the epoch.
 */
export function believed(until: number, now: number, longestMs: number): number {
  return Math.min(until, now + longestMs);
}

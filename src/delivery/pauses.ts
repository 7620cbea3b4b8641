/** Growing pauses between tries, and moments that other consumers' clocks set. */

/** The pause after so many failures in a row (1 or more): doubled each time, up to the longest. Milliseconds. */
export function pauseMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
}

/**
 * A moment that another consumer wrote by its own clock, believed up to the longest wait only: a clock that is a day ahead must not
 * take a destination out of service for a day. All in milliseconds, `until` and `now` since the epoch.
 */
export function believed(until: number, now: number, longestMs: number): number {
  return Math.min(until, now + longestMs);
}

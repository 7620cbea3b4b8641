/** Has what a process does regularly come together in time, so that it wakes less often. */
import type { Clock } from './clock.ts';
import { slept } from './slept.ts';

/** Milliseconds. */
const APART_MS = 10_000;
/** A timer may fire a part of a millisecond early. Milliseconds. */
const EARLY_MS = 5;

/**
 * How long to wait, `ms` at most, so as to go on at a moment that others of the process have, too: the first request after a sleep costs a
 * process two or three times what one costs that follows it.
 *
 * @param now monotonic, milliseconds. @param apartMs how far apart those moments are; not more than `ms`.
 */
export function untilTogether(now: number, ms: number, apartMs = APART_MS): number {
  if (ms < apartMs) return ms;
  return Math.max(1, Math.ceil(Math.floor((now + ms + EARLY_MS) / apartMs) * apartMs - now));
}

/** Sleeps for `ms` milliseconds, or less so as to go on together with others: see {@link untilTogether}. True; false as soon as `signal` is aborted. */
export function sleptTogether(
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  return slept(clock, untilTogether(clock.monotonic(), ms), signal);
}

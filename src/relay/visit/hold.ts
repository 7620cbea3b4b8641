/** How long consumers leave a blob alone that cannot be read at present, as opposed to an outage of the storage service. */

import type { Hold } from '../../checkpoints/checkpoint.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';

const FIRST_MS = 60_000;
const LONGEST_MS = 6 * HOUR_MS;
/** A role that was taken away is given back within minutes, and then every blob of the account waits. Milliseconds. */
const LONGEST_FORBIDDEN_MS = 10 * 60_000;

/** Codes of BlobError that concern one blob and last: its visits end, and it is looked at again later and later. */
const LASTING: ReadonlySet<ErrorCode> = new Set(['blob_archived', 'blob_unreadable', 'blob_forbidden']);

export function isLasting(code: ErrorCode | undefined): code is ErrorCode {
  return code !== undefined && LASTING.has(code);
}

/** The hold after one more try that failed: a minute at first, twice as long each time, 6 hours at most. */
export function heldAgain(hold: Hold | undefined, code: ErrorCode, now: number): Hold {
  const failures = (hold?.failures ?? 0) + 1;
  return { code, since: hold?.since ?? now, failures, until: now + pauseOf(code, failures) };
}

/**
 * The hold, as long as it lasts. One that would last longer than such a hold can was written by a clock that is ahead of ours, and
 * does not count: the blob is tried, and held again by this consumer's clock if that fails.
 */
export function lasting(hold: Hold | undefined, now: number): Hold | undefined {
  if (!hold || now >= hold.until) return undefined;
  return hold.until - now <= pauseOf(hold.code, hold.failures) ? hold : undefined;
}

function pauseOf(code: ErrorCode, failures: number): number {
  const longest = code === 'blob_forbidden' ? LONGEST_FORBIDDEN_MS : LONGEST_MS;
  return Math.min(longest, FIRST_MS * 2 ** Math.min(failures - 1, 20));
}

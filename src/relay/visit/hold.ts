/** Computes holds: how long consumers leave a blob alone that cannot be read although the storage service works. */

import type { Hold } from '../../checkpoints/checkpoint.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';

const FIRST_MS = 60_000;
const LONGEST_MS = 6 * HOUR_MS;
/** The longest hold after a 403. It is short, because a missing role is usually restored within minutes, and every blob of the account waits for it. Milliseconds. */
const LONGEST_FORBIDDEN_MS = 10 * 60_000;

/** The codes of BlobErrors that concern one blob and do not pass soon: such a blob is held, for longer and longer times. */
const LASTING: ReadonlySet<ErrorCode> = new Set(['blob_archived', 'blob_unreadable', 'blob_forbidden']);

export function isLasting(code: ErrorCode | undefined): code is ErrorCode {
  return code !== undefined && LASTING.has(code);
}

/** The hold after another failed try: a minute at first, doubling with each failure, 6 hours at most. */
export function heldAgain(hold: Hold | undefined, code: ErrorCode, now: number): Hold {
  const failures = (hold?.failures ?? 0) + 1;
  return { code, since: hold?.since ?? now, failures, until: now + pauseOf(code, failures) };
}

/**
 * The hold, if it has not ended. A hold that would last longer than the longest possible one was set by a clock that is ahead, and does not
 * count: the blob is tried, and held again by this consumer's clock if that fails.
 */
export function lasting(hold: Hold | undefined, now: number): Hold | undefined {
  if (!hold || now >= hold.until) return undefined;
  return hold.until - now <= pauseOf(hold.code, hold.failures) ? hold : undefined;
}

function pauseOf(code: ErrorCode, failures: number): number {
  const longest = code === 'blob_forbidden' ? LONGEST_FORBIDDEN_MS : LONGEST_MS;
  return Math.min(longest, FIRST_MS * 2 ** Math.min(failures - 1, 20));
}

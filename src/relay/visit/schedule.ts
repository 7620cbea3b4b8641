/** Decides when a blob is visited next, and when it is closed. */

import type { BlobStat } from '../../blobs/port.ts';
import { hourOf } from '../../shared/blob-ref.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import type { RelaySettings } from '../source/deps.ts';

/** A blob in which a visit found something within this is expected to have grown at the next look. Milliseconds. */
export const GROWING_MS = 2 * 60_000;

/**
 * Whether a blob may count as finished: the lateness allowance has passed since its hour, and since it last grew. A block blob without an
 * hour in its path was written as a whole.
 */
export function mayClose(
  {
    name,
    type,
    grownOn,
  }: { readonly name: string; readonly type: BlobStat['type']; readonly grownOn: number },
  now: number,
  latenessMs: number,
): boolean {
  const hour = hourOf(name);
  if (hour === undefined && type === 'block') return true;
  const quiet = now - grownOn >= latenessMs;
  return quiet && (hour === undefined || now >= hour + HOUR_MS + latenessMs);
}

/** The delay before the next task for an open blob: short after growth, longer and longer while the blob is quiet. */
export function pollDelayMs(
  quietMs: number,
  { pollMinMs, pollMaxMs }: Pick<RelaySettings, 'pollMinMs' | 'pollMaxMs'>,
): number {
  return Math.min(pollMaxMs, Math.max(pollMinMs, quietMs));
}

/** A follower looks after this part of the quiet time, so that an append in a steady rhythm waits at most this part of it, or `pollMinMs`. */
const RHYTHM_PART = 1 / 2.5;

/** The delay before a follower's next look at a blob. A look costs less than a task, so a follower looks more often. */
export function lookDelayMs(
  quietMs: number,
  { pollMinMs, pollMaxMs }: Pick<RelaySettings, 'pollMinMs' | 'pollMaxMs'>,
): number {
  return Math.min(pollMaxMs, Math.max(pollMinMs, quietMs * RHYTHM_PART));
}

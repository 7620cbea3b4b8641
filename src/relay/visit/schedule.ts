/** Decides when a blob is visited next, and when it is closed. */

import type { BlobStat } from '../../blobs/port.ts';
import { hourOf } from '../../shared/blob-ref.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import type { RelaySettings } from '../source/deps.ts';

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

/** When a task on the queue looks again at a blob that is still open: soon after growth, later and later while it is quiet. */
export function pollDelayMs(
  quietMs: number,
  { pollMinMs, pollMaxMs }: Pick<RelaySettings, 'pollMinMs' | 'pollMaxMs'>,
): number {
  return Math.min(pollMaxMs, Math.max(pollMinMs, quietMs));
}

/** An append that comes in a steady rhythm waits this part of the rhythm at most, or `pollMinMs`. */
const RHYTHM_PART = 1 / 2.5;

/** When a follower looks again: a look costs it less than a task does, so it looks more often after growth. */
export function lookDelayMs(
  quietMs: number,
  { pollMinMs, pollMaxMs }: Pick<RelaySettings, 'pollMinMs' | 'pollMaxMs'>,
): number {
  return Math.min(pollMaxMs, Math.max(pollMinMs, quietMs * RHYTHM_PART));
}

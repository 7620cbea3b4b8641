/** Decides whether a look at a followed blob calls for a visit, and estimates what the blob costs. Pure. */
import { PEEK_BYTES } from '../../blobs/port.ts';
import { beginningOf } from '../../blobs/rows/fingerprint.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import { GROWING_MS } from '../visit/schedule.ts';
import { lostCursors, type Plan, type SharedPlan } from '../visit/state.ts';

/** After this time a checkpoint in memory is loaded again, because others may have changed it: replays, lost tasks. Milliseconds. */
const RELOAD_MS = 10 * 60_000;

/** Whether a visit with this plan would change nothing, so that none is made. @param now ms since the epoch. */
export function isIdle(
  plan: Plan,
  stored: Checkpoint | undefined,
  destinations: ReadonlyMap<string, unknown>,
  now: number,
): plan is SharedPlan {
  if (plan.kind !== 'shared' || !stored || plan.isReplaced || plan.hasOther) return false;
  if (plan.resends.length > 0 || lostCursors(stored, destinations, now).length > 0) return false;
  if (plan.base.length !== stored.length || plan.base.etag !== stored.etag) return false;
  if (plan.heldUntil !== undefined) return true;
  const reads = plan.readers.size > 0 || plan.waits.size > 0 || plan.compares !== undefined;
  return !reads && !plan.final && plan.unreadable === undefined;
}

/** Whether a look must load the checkpoint first: a cursor that reads alone may have caught up, so that the common visits read for it again. */
export function mustLoad(stored: Checkpoint | undefined, ageMs: number): boolean {
  if (!stored || ageMs >= RELOAD_MS) return true;
  return Object.values(stored.destinations).some(({ behind }) => behind !== undefined);
}

/**
 * From which offset on a look reads the blob, so that the visit that it calls for needs no request of its own: where the read of the
 * cursors that keep pace will begin. Undefined if a look asks for the properties alone, as at a blob that seems quiet.
 *
 * @param grewMs how long ago a visit read something, milliseconds.
 */
export function peekFrom(stored: Checkpoint | undefined, grewMs: number): number | undefined {
  if (stored?.format !== 'lines' || stored.closed || grewMs >= GROWING_MS) return undefined;
  const keepPace = Object.values(stored.destinations).filter(({ behind }) => behind === undefined);
  if (keepPace.length === 0) return undefined;
  const from = Math.min(
    ...keepPace.map(({ offset, print }) => beginningOf(Math.min(offset, print?.at ?? offset))),
  );
  // Much that was not delivered: a visit will read it, or a destination is out of service, and each look would read it again.
  return stored.length - from <= PEEK_BYTES / 2 ? from : undefined;
}

/**
 * When a blob is looked at again that has been quiet for so long that only `tail.poll_max` counts. Such blobs are looked at together, at two
 * moments in that time: in a process that sleeps in between, the first request finds its code in none of the processor's caches, and those that
 * follow at once do. A blob that becomes quiet is so looked at earlier once, by half of the time at most, and each `poll_max` from then on.
 *
 * @param now monotonic, milliseconds, as the result.
 */
export function togetherAt(now: number, pollMaxMs: number): number {
  const apart = pollMaxMs / 2;
  return Math.floor((now + pollMaxMs) / apart) * apart;
}

/** The cost of an idle look and, below, of a visit without its rows, in CPU milliseconds, and the bytes read per millisecond. Measured and rounded up. */
const LOOK_COST = 2;
const VISIT_COST = 6;
const BYTES_PER_MS = 20_000;
/** The weight of the last look in the average. */
const WEIGHT = 0.2;
const LEAST_LOAD = 0.02;

/**
 * The load to expect of a blob after its first visit by this process, in CPU milliseconds per second: what the blob cost the process before
 * is not known, and a guess that is too high would have the blob given back.
 *
 * @param delayMs how long after the visit the next look is. @param bytes what the visit read.
 */
export function firstLoad(delayMs: number, bytes: number): number {
  const cost = bytes > 0 ? VISIT_COST : LOOK_COST;
  return loadAfter((cost * 1000) / Math.max(delayMs, 1_000), delayMs, bytes > 0 ? bytes : undefined);
}

/** The load of a blob after another look, in CPU milliseconds per second. @param visited the bytes that a visit read; undefined if the look was idle. */
export function loadAfter(load: number, sinceMs: number, visited: number | undefined): number {
  const cost = visited === undefined ? LOOK_COST : VISIT_COST + visited / BYTES_PER_MS;
  const now = (cost * 1000) / Math.max(sinceMs, 1_000);
  return Math.max(LEAST_LOAD, load + (now - load) * WEIGHT);
}

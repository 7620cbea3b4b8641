/** What a look at a followed blob decides: whether there is anything to do, and what the blob costs. Pure. */
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import { lostCursors, type Plan, type SharedPlan } from '../visit/state.ts';

/** What is known of a blob in memory is read again after this, for what others may have written: replays, tasks that were lost. Milliseconds. */
const RELOAD_MS = 10 * 60_000;

/** Whether a visit with this plan would change nothing: then the look is over. @param now ms since the epoch. */
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

/** Whether a look loads the checkpoint first. While a cursor reads alone it may catch up, and then the blob's visits read for it. */
export function mustLoad(stored: Checkpoint | undefined, ageMs: number): boolean {
  if (!stored || ageMs >= RELOAD_MS) return true;
  return Object.values(stored.destinations).some(({ behind }) => behind !== undefined);
}

/** A look that finds nothing, a visit beside its rows, and the bytes that are read in a millisecond: CPU-milliseconds, measured and rounded up. */
const LOOK_COST = 2;
const VISIT_COST = 6;
const BYTES_PER_MS = 20_000;
/** The part that the last look has in the average. */
const WEIGHT = 0.2;
const LEAST_LOAD = 0.02;

/** What a blob costs, in CPU-milliseconds a second, after one more look. @param visited the bytes that a visit read; undefined: the look was idle. */
export function loadAfter(load: number, sinceMs: number, visited: number | undefined): number {
  const cost = visited === undefined ? LOOK_COST : VISIT_COST + visited / BYTES_PER_MS;
  const now = (cost * 1000) / Math.max(sinceMs, 1_000);
  return Math.max(LEAST_LOAD, load + (now - load) * WEIGHT);
}

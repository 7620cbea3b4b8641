/**
 * What a visit concludes from its reading: the change to the checkpoint, and the tasks that follow.
 *
 * Nothing here waits, reads or writes: see ARCHITECTURE.md beside this file.
 */

import type { BlobStat } from '../../blobs/port.ts';
import type { Checkpoint, Cursor, Hold } from '../../checkpoints/checkpoint.ts';
import { destinationOf, isReplay } from '../../checkpoints/cursor-name.ts';
import type { LaneEnd } from '../../delivery/lane.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import { isLost, type LiveTask, type PlannedTask, planNext, planTask } from './follow-up.ts';
import { heldAgain } from './hold.ts';
import { advance, type Change } from './progress.ts';
import { freshCheckpoint, stopsShort } from './reading.ts';
import type { RunResult } from './run-lanes.ts';
import { pollDelayMs } from './schedule.ts';
import { type OwnPlan, planOwnTask, type SharedPlan } from './state.ts';

/** How the reading of a visit ended. */
export interface Outcome {
  /** Undefined where nothing was read. */
  readonly run?:
    | Pick<RunResult, 'complete' | 'position' | 'format' | 'ends' | 'offsets' | 'prints'>
    | undefined;
  /** Why the blob could not be read, as a BlobError's code. */
  readonly unreadable?: ErrorCode | undefined;
  /** The blob's content differs from what was read before, under the same creation time. */
  readonly isRewritten?: boolean;
  /** For a visit for one cursor: its breaker or held table allows no sending before then, ms since the epoch. */
  readonly refusedUntil?: number | undefined;
  /** The process ends: another one reads the rest. */
  readonly isStopping: boolean;
  /** By destination, for those whose breaker is open now: until when, ms since the epoch. */
  readonly openUntil: ReadonlyMap<string, number>;
}

/** The end of a visit, in this order: `before`, `change`, then what `after` says. */
export interface Conclusion {
  /** Put on the queue before the checkpoint names them. Not empty: if the checkpoint cannot be written, they continue. */
  readonly before: readonly PlannedTask[];
  /** The change to the checkpoint. Applied again if another consumer wrote meanwhile. */
  readonly change: Change;
  /** Given the checkpoint as it was written. */
  readonly after: (written: Checkpoint) => Ending;
  /** The blob could not be read; consumers do not try it again before the hold ends. */
  readonly hold?: Hold | undefined;
}

export interface Ending {
  readonly result: 'done' | 'again' | 'held';
  /** Put on the queue after the checkpoint is written: they run under their own claims, and a task that its checkpoint does not name ends. */
  readonly sends: readonly PlannedTask[];
}

/** @param now ms since the epoch. */
export function conclude(plan: SharedPlan | OwnPlan, outcome: Outcome, now: number): Conclusion {
  if (outcome.isRewritten && plan.stat) return beginAgain(plan, plan.stat, now);
  return plan.kind === 'shared' ? concludeShared(plan, outcome, now) : concludeOwn(plan, outcome, now);
}

const movedBy = (run: Outcome['run']): Change => advance(run?.offsets ?? new Map(), run?.prints);

/** The checkpoint describes other content: every cursor reads from 0. The new generation invalidates the offsets of visits that are still running. */
function beginAgain({ base, evidence }: SharedPlan | OwnPlan, stat: BlobStat, now: number): Conclusion {
  const { task, freshId } = evidence;
  const main = planTask(now, { id: freshId, blob: task.blob, origin: 'tail', due: now });
  const fresh = freshCheckpoint(stat, stat.asOf ?? now);
  const change: Change = () => ({ ...fresh, generation: (base.generation ?? 0) + 1, next: main.live });
  return { before: [main], change, after: () => ({ result: 'again', sends: [] }) };
}

function concludeShared(plan: SharedPlan, outcome: Outcome, now: number): Conclusion {
  const { evidence, base, stat, seen, final, hasOther, asOf, heldUntil } = plan;
  const { task, settings } = evidence;
  const { run, isStopping } = outcome;
  const unreadable = plan.unreadable ?? outcome.unreadable;
  const hold = unreadable === undefined ? undefined : heldAgain(base.hold, unreadable, now);
  const leftUntil = hold?.until ?? heldUntil;
  const complete = (run?.complete ?? true) && !isStopping;

  const dues = isStopping ? new Map<string, number>() : ownTasksDue(plan, outcome, leftUntil ?? 0, now);
  const behind = new Map([...dues].map(([name, due]) => [name, planOwnTask(evidence, name, due, now)]));
  const short = new Map(
    [...evidence.destinations.keys()].map((name) => [name, planOwnTask(evidence, name, now, now)]),
  );
  const closes = final && complete && leftUntil === undefined;
  const keeps = hasOther && complete;
  const quietMs = asOf - base.grownOn;
  const due = leftUntil ?? (complete ? now + pollDelayMs(quietMs, settings) : now);
  const sent = closes || keeps ? undefined : planNext(now, task, 'tail', due);
  const next = keeps && !closes ? base.next : sent?.live;

  const change: Change = (current) => {
    // This consumer's claim expired, and the consumer that holds it now has seen more.
    if (stat && current.length > stat.length) {
      return { ...movedBy(run)(current), ...(run && { format: run.format }) };
    }
    const { next: _, hold: earlier, ...rest } = movedBy(run)(seen(current));
    const destinations = { ...rest.destinations };
    for (const [name, { live }] of behind) {
      // A replay that ended meanwhile must not start again.
      if (isReplay(name) && !destinations[name]) continue;
      const cursor = destinations[name] ?? { offset: 0 };
      destinations[name] = goesOnAlone(
        cursor,
        live,
        ownFailures(cursor, plan.readers.get(name)?.offset, run, name),
      );
    }
    const kept = hold ?? (isReadable(plan, outcome) ? undefined : earlier);
    const changed: Checkpoint = {
      ...rest,
      destinations,
      closed: closes,
      ...(run && { format: run.format }),
      ...(run?.complete && stat && { end: { length: stat.length, offset: run.position } }),
      ...(kept && { hold: kept }),
      ...(next && { next }),
    };
    // A cursor that read alone during this visit caught up with a blob that was still open.
    for (const [name, { live }] of short) {
      const cursor = destinations[name];
      if (cursor && !cursor.behind && stopsShort(changed, cursor)) {
        destinations[name] = { ...cursor, behind: { ...live, attempts: 0 } };
      }
    }
    return changed;
  };
  return {
    before: sent ? [sent] : [],
    change,
    hold,
    after: ({ destinations }) => {
      const caught = [...short].filter(([name, { live }]) => destinations[name]?.behind?.task === live.task);
      const sends = [...new Map([...caught, ...behind]).values()];
      if (leftUntil !== undefined) return { result: 'held', sends };
      return { result: closes ? 'done' : 'again', sends };
    },
  };
}

/** When the own task of each cursor that cannot keep pace, or whose task was lost, comes due. @param from not before, ms since the epoch. */
function ownTasksDue(
  { evidence, base, readers, waits }: SharedPlan,
  { run, openUntil }: Outcome,
  from: number,
  now: number,
): Map<string, number> {
  const { destinations } = evidence;
  const dues = new Map(waits);
  for (const [name, end] of run?.ends ?? []) {
    const { attempts } = ownFailures({ offset: 0 }, readers.get(name)?.offset, run, name);
    const due = dueAfter(end, openUntil.get(destinationOf(name)), attempts, now);
    if (due !== undefined) dues.set(name, due);
  }
  for (const [name, { behind }] of Object.entries(base.destinations)) {
    if (behind && isLost(behind, now) && destinations.has(destinationOf(name))) {
      dues.set(name, Math.max(now, from));
    }
  }
  return dues;
}

function concludeOwn(plan: OwnPlan, outcome: Outcome, now: number): Conclusion {
  const { evidence, base, name, cursor, stat, final } = plan;
  const { task, freshId } = evidence;
  const { run } = outcome;
  const unreadable = plan.unreadable ?? outcome.unreadable;
  const hold = unreadable === undefined ? undefined : heldAgain(base.hold, unreadable, now);
  const leftUntil = hold?.until ?? plan.heldUntil;

  const end = run?.ends.get(name);
  const caughtUp = run?.complete === true && end?.kind === 'done' && !outcome.isStopping;
  const { attempts, scanned } = ownFailures(cursor, cursor.offset, run, name);
  const refusedUntil = end?.kind === 'waits' ? end.until : outcome.refusedUntil;
  const waits = refusedUntil && refusedUntil + turnOfWaitingMs(attempts);
  const tried = end && dueAfter(end, outcome.openUntil.get(destinationOf(name)), attempts, now);
  const due = leftUntil ?? plan.tableHeldUntil ?? waits ?? tried ?? now;
  const sent = caughtUp ? undefined : planNext(now, task, 'behind', due);
  // The same task once more: if sending it fails, this task's message comes back.
  const again = planTask(now, { id: task.id, blob: task.blob, origin: 'behind', due: now, cursor: name });

  const change: Change = (current) => {
    const { hold: earlier, ...rest } = movedBy(run)(current);
    const kept = hold ?? (isReadable(plan, outcome) ? undefined : earlier);
    const moved: Checkpoint = {
      ...rest,
      // Perhaps no visit has read the blob before: offsets mean nothing without its format.
      ...(run && { format: run.format }),
      // Perhaps no visit has read a closed blob to its end before.
      ...(run?.complete &&
        final &&
        stat?.length === current.length && { end: { length: current.length, offset: run.position } }),
      ...(kept && { hold: kept }),
    };
    const { [name]: reached = cursor, ...others } = moved.destinations;
    if (caughtUp && isReplay(name)) return { ...moved, destinations: others };
    const { behind: _, ...place } = reached;
    const goesOn = sent?.live ?? (stopsShort(moved, place) ? again.live : undefined);
    const next = goesOn ? goesOnAlone(place, goesOn, { attempts, scanned }) : place;
    return { ...moved, destinations: { ...others, [name]: next } };
  };
  return {
    before: sent ? [sent] : [],
    change,
    hold,
    after: ({ destinations }) => {
      const hasGrown = caughtUp && (stat?.length ?? 0) > base.length;
      const main = planTask(now, { id: freshId, blob: task.blob, origin: 'behind', due: now });
      const comesBack = destinations[name]?.behind?.task === again.live.task;
      const sends = [...(hasGrown ? [main] : []), ...(comesBack ? [again] : [])];
      if (leftUntil !== undefined) return { result: 'held', sends };
      return { result: caughtUp && !comesBack ? 'done' : 'again', sends };
    },
  };
}

/** A successful read ends a hold, and so does a blob with nothing left to read. */
function isReadable(plan: SharedPlan | OwnPlan, { run, refusedUntil }: Outcome): boolean {
  if (run) return true;
  if (plan.kind === 'own' || refusedUntil !== undefined || plan.heldUntil !== undefined) return false;
  return plan.stat !== undefined && plan.waits.size === 0;
}

interface Failures {
  readonly attempts: number;
  readonly scanned: number | undefined;
}

function goesOnAlone(cursor: Cursor, live: LiveTask, { attempts, scanned }: Failures): Cursor {
  return { ...cursor, behind: { ...live, attempts, ...(scanned !== undefined && { scanned }) } };
}

/**
 * The visits in a row that ended because this cursor's own rows were not accepted, this one included. To wait for a breaker, a held
 * table or a held blob is no failure of its own.
 *
 * @param from where it began to read in this visit; undefined where it did not.
 */
function ownFailures(
  { behind }: Cursor,
  from: number | undefined,
  run: Outcome['run'],
  name: string,
): Failures {
  const end = run?.ends.get(name);
  const reached = run?.offsets.get(name)?.offset;
  const attempts = behind?.attempts ?? 0;
  if (!end || from === undefined) return { attempts, scanned: behind?.scanned };
  const hasMoved = reached !== undefined && reached > from;
  // Without an open breaker, a later visit would conclude that the destination accepted other rows after this failure.
  const hasFailed = (end.kind === 'down' && end.isShared !== false) || end.kind === 'apart';
  const told = hasFailed ? end.scanned : undefined;
  return {
    attempts: hasFailed ? (hasMoved ? 1 : attempts + 1) : hasMoved ? 0 : attempts,
    scanned: told ?? (hasMoved ? undefined : behind?.scanned),
  };
}

/** Undefined: it keeps pace. @param failures see {@link turnAfterMs}. */
function dueAfter(
  end: LaneEnd,
  openUntil: number | undefined,
  failures: number,
  now: number,
): number | undefined {
  if (end.kind === 'done') return undefined;
  if (end.kind === 'waits') return end.until;
  if (end.kind === 'apart') return end.until + (end.error.isTableHeld ? turnAfterMs(failures) : 0);
  return end.kind === 'down' ? (openUntil ?? now) + turnAfterMs(failures) : now;
}

const TURN_MS = 5_000;
const MOST_TURNS = 6;
const HEAD_START_MS = 2_000;

/**
 * The probe is fair: when the time of a breaker or of a held table is over, cursors whose own rows failed come after all others that
 * wait, so that another blob's rows are tried first. Where there is no other, they come a little later. Milliseconds.
 */
function turnAfterMs(failures: number): number {
  return TURN_MS * Math.min(failures, MOST_TURNS);
}

/**
 * The same for a cursor that was not let in. It comes before one that has failed as often and was let in last: that one would else
 * have every probe, as both come at the same moment and its task is the older one. Milliseconds.
 */
function turnOfWaitingMs(failures: number): number {
  return Math.max(0, turnAfterMs(failures) - HEAD_START_MS);
}

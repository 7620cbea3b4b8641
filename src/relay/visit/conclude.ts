/**
 * Decides what follows from a visit's reading: the change to the checkpoint, and the next tasks.
 *
 * These functions are pure; see ARCHITECTURE.md beside this file.
 */

import type { BlobStat } from '../../blobs/port.ts';
import type { Checkpoint, Cursor, Hold } from '../../checkpoints/checkpoint.ts';
import { changeCursor, cursorAt, withoutReplay } from '../../checkpoints/cursors.ts';
import type { LaneEnd } from '../../delivery/lane.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import { type LiveTask, type PlannedTask, planNext, planTask } from './follow-up.ts';
import { heldAgain } from './hold.ts';
import { advance, type Change } from './progress.ts';
import { freshCheckpoint, stopsShort } from './reading.ts';
import type { RunResult } from './run-lanes.ts';
import { lookDelayMs, pollDelayMs } from './schedule.ts';
import { lostCursors, type OwnPlan, planOwnTask, type SharedPlan } from './state.ts';

/** How the reading of a visit ended. */
export interface Outcome {
  /** Undefined if nothing was read. */
  readonly run?:
    | Pick<RunResult, 'complete' | 'position' | 'format' | 'ends' | 'replay' | 'offsets' | 'prints'>
    | undefined;
  /** Why the blob could not be read, as a BlobError's code. */
  readonly unreadable?: ErrorCode | undefined;
  /** Whether the blob's content differs from what was read before, under the same creation time. */
  readonly isRewritten?: boolean;
  /** For a visit for one cursor, the time before which its breaker or held table permits no sending, ms since the epoch. */
  readonly refusedUntil?: number | undefined;
  /** Whether the process is stopping, so that another process reads the rest. */
  readonly isStopping: boolean;
  /** For each destination whose breaker is open, the end of the pause, ms since the epoch. */
  readonly openUntil: ReadonlyMap<string, number>;
}

/** The end of a visit, in this order: `before`, `change`, then what `after` says. */
export interface Conclusion {
  /** Tasks that are put on the queue before the checkpoint names them. If not empty, they continue the work even if the checkpoint cannot be written. */
  readonly before: readonly PlannedTask[];
  /** The task by which the follower of the blob goes on. */
  readonly kept?: LiveTask | undefined;
  /** The change to the checkpoint. Applied again if another consumer wrote meanwhile. */
  readonly change: Change;
  /** Decides the end of the visit from the written checkpoint. */
  readonly after: (written: Checkpoint) => Ending;
  /** Present if the blob could not be read: consumers do not try it again before the hold ends. */
  readonly hold?: Hold | undefined;
}

export interface Ending {
  readonly result: 'done' | 'again' | 'held';
  /** Tasks that are put on the queue after the checkpoint is written, because they run under their own claims, and a task that its checkpoint does not name ends. */
  readonly sends: readonly PlannedTask[];
}

/** @param now ms since the epoch. */
export function conclude(plan: SharedPlan | OwnPlan, outcome: Outcome, now: number): Conclusion {
  if (outcome.isRewritten && plan.stat) return beginAgain(plan, plan.stat, now);
  return plan.kind === 'shared' ? concludeShared(plan, outcome, now) : concludeOwn(plan, outcome, now);
}

/** The part of the change that applies in any case: the offsets, and the format on which they depend. */
export function movedBy(run: Outcome['run']): Change {
  return (checkpoint) => (run ? { ...advance(run)(checkpoint), format: run.format } : checkpoint);
}

/** Resets the checkpoint, because it describes other content: every cursor reads from 0. The new generation invalidates the offsets of visits that are still running. */
function beginAgain({ kind, base, evidence }: SharedPlan | OwnPlan, stat: BlobStat, now: number): Conclusion {
  const { task, freshId } = evidence;
  const isKept = kind === 'shared' && evidence.isFollowed === true;
  const main = planTask(now, { id: isKept ? task.id : freshId, blob: task.blob, origin: 'tail', due: now });
  const fresh = freshCheckpoint(stat, stat.asOf ?? now);
  const change: Change = () => ({ ...fresh, generation: (base.generation ?? 0) + 1, next: main.live });
  return { ...sentOrKept(main, isKept), change, after: () => ({ result: 'again', sends: [] }) };
}

function concludeShared(plan: SharedPlan, outcome: Outcome, now: number): Conclusion {
  const { evidence, base, stat, seen, final, hasOther, asOf, heldUntil } = plan;
  const { task, settings } = evidence;
  const { run, isStopping } = outcome;
  const unreadable = plan.unreadable ?? outcome.unreadable;
  const hold = unreadable === undefined ? undefined : heldAgain(base.hold, unreadable, now);
  const leftUntil = hold?.until ?? heldUntil;
  // A cursor whose destination was replaced keeps pace: the next visit, at once, begins where it is.
  const isReplaced = [...(run?.ends.values() ?? [])].some(({ kind }) => kind === 'replaced');
  const complete = (run?.complete ?? true) && !isStopping && !isReplaced;

  const dues = isStopping ? NONE_DUE : ownTasksDue(plan, outcome, leftUntil ?? 0, now);
  const tasksFor = (due: ReadonlyMap<string, number>, replay: boolean) =>
    new Map(
      [...due].map(([destination, at]) => [
        destination,
        planOwnTask(evidence, { destination, replay }, at, now),
      ]),
    );
  const behind = tasksFor(dues.ordinary, false);
  const replays = tasksFor(dues.replays, true);
  const short = tasksFor(new Map([...evidence.destinations.keys()].map((name) => [name, now])), false);
  const closes = final && complete && leftUntil === undefined;
  const keeps = hasOther && complete;
  const quietMs = asOf - base.grownOn;
  const isFollowed = evidence.isFollowed === true;
  const delayMs = (isFollowed ? lookDelayMs : pollDelayMs)(quietMs, settings);
  const due = leftUntil ?? (complete ? now + delayMs : now);
  const goesOn = isFollowed
    ? planTask(now, { id: task.id, blob: task.blob, origin: 'tail', due })
    : planNext(now, task, 'tail', due);
  const sent = closes || keeps ? undefined : goesOn;
  const next = keeps && !closes ? base.next : sent?.live;

  const change: Change = (current) => {
    // The claim of this consumer has expired, and the consumer that holds it now has seen a longer blob.
    if (stat && current.length > stat.length) {
      return movedBy(run)(current);
    }
    const { next: _, hold: earlier, ...rest } = movedBy(run)(seen(current));
    const kept = hold ?? (isReadable(plan, outcome) ? undefined : earlier);
    let changed: Checkpoint = {
      ...rest,
      closed: closes,
      ...(run?.complete && stat && { end: { length: stat.length, offset: run.position } }),
      ...(kept && { hold: kept }),
      ...(next && { next }),
    };
    for (const [destination, { live }] of behind) {
      changed = changeCursor(changed, { destination, replay: false }, (cursor) =>
        goesOnAlone(
          cursor,
          live,
          ownFailures(cursor, plan.readers.get(destination)?.offset, run, destination),
        ),
      );
    }
    for (const [destination, { live }] of replays) {
      changed = changeCursor(changed, { destination, replay: true }, (cursor) =>
        goesOnAlone(cursor, live, failuresSoFar(cursor)),
      );
    }
    // A cursor that read alone during this visit caught up with a blob that was still open.
    for (const [destination, { live }] of short) {
      const cursor = changed.destinations[destination];
      if (!cursor || cursor.behind || !stopsShort(changed, cursor)) continue;
      changed = changeCursor(changed, { destination, replay: false }, (reached) => ({
        ...reached,
        behind: { ...live, attempts: 0 },
      }));
    }
    return changed;
  };
  return {
    ...sentOrKept(sent, isFollowed),
    change,
    hold,
    after: ({ destinations }) => {
      const caught = [...short].filter(([name, { live }]) => destinations[name]?.behind?.task === live.task);
      const sends = [...new Map([...caught, ...behind]).values(), ...replays.values()];
      if (leftUntil !== undefined) return { result: 'held', sends };
      return { result: closes ? 'done' : 'again', sends };
    },
  };
}

function sentOrKept(goesOn: PlannedTask | undefined, isKept: boolean): Pick<Conclusion, 'before' | 'kept'> {
  return isKept ? { before: [], kept: goesOn?.live } : { before: goesOn ? [goesOn] : [] };
}

/** When own tasks of cursors come due, by destination, ms since the epoch. */
interface OwnTasksDue {
  readonly ordinary: ReadonlyMap<string, number>;
  readonly replays: ReadonlyMap<string, number>;
}

const NONE_DUE: OwnTasksDue = { ordinary: new Map(), replays: new Map() };

/** When a task is due for each cursor that cannot keep pace, or whose task was lost. @param from the earliest time, ms since the epoch. */
function ownTasksDue(
  { evidence, base, readers, waits }: SharedPlan,
  { run, openUntil }: Outcome,
  from: number,
  now: number,
): OwnTasksDue {
  const ordinary = new Map(waits);
  const replays = new Map<string, number>();
  for (const [name, end] of run?.ends ?? []) {
    const { attempts } = ownFailures({ offset: 0 }, readers.get(name)?.offset, run, name);
    const due = dueAfter(end, openUntil.get(name), attempts, now);
    if (due !== undefined) ordinary.set(name, due);
  }
  for (const { destination, replay } of lostCursors(base, evidence.destinations, now)) {
    (replay ? replays : ordinary).set(destination, Math.max(now, from));
  }
  return { ordinary, replays };
}

function concludeOwn(plan: OwnPlan, outcome: Outcome, now: number): Conclusion {
  const { evidence, base, ref, cursor, stat, final } = plan;
  const { destination } = ref;
  const { task, freshId } = evidence;
  const { run } = outcome;
  const unreadable = plan.unreadable ?? outcome.unreadable;
  const hold = unreadable === undefined ? undefined : heldAgain(base.hold, unreadable, now);
  const leftUntil = hold?.until ?? plan.heldUntil;

  const end = run?.ends.get(destination);
  const caughtUp = run?.complete === true && end?.kind === 'done' && !outcome.isStopping;
  const { attempts, scanned } = ownFailures(cursor, cursor.offset, run, destination);
  const refusedUntil = end?.kind === 'waits' ? end.until : outcome.refusedUntil;
  const waits = refusedUntil && refusedUntil + turnOfWaitingMs(attempts);
  const tried = end && dueAfter(end, outcome.openUntil.get(destination), attempts, now);
  const due = leftUntil ?? plan.tableHeldUntil ?? waits ?? tried ?? now;
  const sent = caughtUp ? undefined : planNext(now, task, 'behind', due);
  // The next task is a repetition of this one. If sending it fails, this task's message comes back.
  const again = planTask(now, { id: task.id, blob: task.blob, origin: 'behind', due: now, cursor: ref });

  const change: Change = (current) => {
    const { hold: earlier, ...rest } = movedBy(run)(current);
    const kept = hold ?? (isReadable(plan, outcome) ? undefined : earlier);
    const moved: Checkpoint = {
      ...rest,
      // Perhaps no visit has read the closed blob to its end before, so its end is recorded.
      ...(run?.complete &&
        final &&
        stat?.length === current.length && { end: { length: current.length, offset: run.position } }),
      ...(kept && { hold: kept }),
    };
    if (caughtUp && ref.replay) return withoutReplay(moved, destination);
    return changeCursor(moved, ref, ({ behind: _, ...reached }) => {
      const goesOn = sent?.live ?? (stopsShort(moved, reached) ? again.live : undefined);
      return goesOn ? goesOnAlone(reached, goesOn, { attempts, scanned }) : reached;
    });
  };
  return {
    before: sent ? [sent] : [],
    change,
    hold,
    after: (written) => {
      const hasGrown = caughtUp && (stat?.length ?? 0) > base.length;
      const main = planTask(now, { id: freshId, blob: task.blob, origin: 'behind', due: now });
      const comesBack = cursorAt(written, ref)?.behind?.task === again.live.task;
      const sends = [...(hasGrown ? [main] : []), ...(comesBack ? [again] : [])];
      if (leftUntil !== undefined) return { result: 'held', sends };
      return { result: caughtUp && !comesBack ? 'done' : 'again', sends };
    },
  };
}

/** Whether the blob counts as readable, which ends a hold: it was read successfully, or there is nothing left to read. */
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

function failuresSoFar({ behind }: Cursor): Failures {
  return { attempts: behind?.attempts ?? 0, scanned: behind?.scanned };
}

/**
 * The number of consecutive visits, this one included, that ended because this cursor's own rows were not accepted. Waiting for a breaker,
 * a held table or a held blob does not count as such a failure.
 *
 * @param from the offset at which the cursor began to read in this visit; undefined if it did not read.
 */
function ownFailures(cursor: Cursor, from: number | undefined, run: Outcome['run'], name: string): Failures {
  const end = run?.ends.get(name);
  const reached = run?.offsets.get(name)?.offset;
  const { attempts, scanned } = failuresSoFar(cursor);
  if (!end || from === undefined) return { attempts, scanned };
  const hasMoved = reached !== undefined && reached > from;
  // A failure without a shared open breaker is not counted, because a later visit would conclude that the destination had accepted other rows after it.
  const hasFailed = (end.kind === 'down' && end.isShared !== false) || end.kind === 'apart';
  const told = hasFailed ? end.scanned : undefined;
  return {
    attempts: hasFailed ? (hasMoved ? 1 : attempts + 1) : hasMoved ? 0 : attempts,
    scanned: told ?? (hasMoved ? undefined : scanned),
  };
}

/** When a cursor's own task is due; undefined if the cursor keeps pace. @param failures see {@link turnAfterMs}. */
function dueAfter(
  end: LaneEnd,
  openUntil: number | undefined,
  failures: number,
  now: number,
): number | undefined {
  if (end.kind === 'done' || end.kind === 'replaced') return undefined;
  if (end.kind === 'waits') return end.until;
  if (end.kind === 'apart') return end.until + (end.error.isTableHeld ? turnAfterMs(failures) : 0);
  return end.kind === 'down' ? (openUntil ?? now) + turnAfterMs(failures) : now;
}

const TURN_MS = 5_000;
const MOST_TURNS = 6;
const HEAD_START_MS = 2_000;

/**
 * How much later a cursor whose own rows failed comes when the pause of a breaker or a held table is over, so that rows of another blob are
 * tried first, if there is one. Milliseconds.
 */
function turnAfterMs(failures: number): number {
  return TURN_MS * Math.min(failures, MOST_TURNS);
}

/**
 * The same delay for a cursor that got no permission to probe. It is shorter than the delay of a cursor that has failed as often and probed
 * last: otherwise that cursor would get every probe, because both come at the same time and its task is older. Milliseconds.
 */
export function turnOfWaitingMs(failures: number): number {
  return Math.max(0, turnAfterMs(failures) - HEAD_START_MS);
}

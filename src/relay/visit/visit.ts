import type { BlobStat } from '../../blobs/port.ts';
import type { Checkpoint, Cursor } from '../../checkpoints/checkpoint.ts';
import { destinationOf, isReplay } from '../../checkpoints/cursor-name.ts';
import type { LaneEnd } from '../../delivery/lane.ts';
import type { Task } from '../../queue/task.ts';
import { blobPath } from '../../shared/blob-ref.ts';
import type { RelayDeps, Stopping } from '../deps.ts';
import { type RunResult, runLanes } from '../run-lanes.ts';
import { reportGone, reportLoss } from '../status/losses.ts';
import { type ClaimKeeper, underClaim } from './claim-keeper.ts';
import {
  hasOtherTask,
  isWritten,
  type LiveTask,
  OVERDUE_MS,
  type PlannedTask,
  planTask,
  sendNext,
} from './follow-up.ts';
import { advance, type Change, Progress } from './progress.ts';
import { mayClose, pollDelayMs } from './schedule.ts';

/** What became of a task. All but `busy` mean: its message can be deleted. */
export type VisitResult =
  /** The blob no longer exists. */
  | 'gone'
  /** Another task looks after this blob. */
  | 'superseded'
  /** Another consumer works on it: come back later. */
  | 'busy'
  /** Read as far as it goes; a further task is on the queue. */
  | 'again'
  /** Nothing more to do: the sweep looks after what may still come. */
  | 'done';

/** Retries of one batch while other destinations wait for the same visit to end. Milliseconds. */
const SHARED_RETRY_MS = 5_000;

/**
 * One visit to a blob: claim it, read from the earliest offset of the destinations that keep pace, deliver, commit, and
 * arrange the next visit. Throws BlobError, CheckpointError, QueueError: then the task comes back.
 */
export async function visit(deps: RelayDeps, task: Task, stopping: Stopping): Promise<VisitResult> {
  const result = await underClaim(deps, task.blob, undefined, (keeper) =>
    visitClaimed(deps, task, stopping, keeper),
  );
  // Not even superseded: whoever holds the claim may have sent this very task and not yet written that it is the live one.
  return result ?? 'busy';
}

async function visitClaimed(
  deps: RelayDeps,
  task: Task,
  stopping: Stopping,
  keeper: ClaimKeeper,
): Promise<VisitResult> {
  const { blobs, checkpoints, clock, metrics, settings } = deps;
  const ref = task.blob;
  const stat = await blobs.stat(ref, stopping.abort);
  if (!stat) {
    metrics.count('xdr_relay_blobs_gone_total');
    await reportGone(deps, ref, stopping.abort);
    return 'gone';
  }
  const stored = await checkpoints.load(ref, stopping.abort);
  const known = stored && isSameBlob(stored.checkpoint, stat) ? stored.checkpoint : undefined;
  if (stored && !known) {
    metrics.count('xdr_relay_blobs_replaced_total');
    await reportLoss(deps, ref, stored.checkpoint, 'replaced');
  }

  const now = clock.now();
  if (known) await sendAgain(deps, task, known);
  // How old the blob is, its own service knows: a clock of ours that is off would take a row that is half written for the last one.
  const asOf = stat.asOf ?? now;
  const seen = see(stat, asOf);
  const checkpoint = seen(known ?? freshCheckpoint(stat, asOf));
  const hasGrown = !known || stat.length > known.length;
  const hasOther = hasOtherTask(checkpoint.next, task.id, now);
  if (!hasGrown && (hasOther || (checkpoint.closed && !hasLostTask(checkpoint, now)))) {
    return hasOther ? 'superseded' : 'done';
  }
  const progress = new Progress(checkpoints, ref, stored?.etag, checkpoint);

  const final = mayClose(ref.name, stat.type, checkpoint.grownOn, asOf, settings.latenessMs);
  const { offsets, held } = whoReads(deps, checkpoint, final);
  const run =
    offsets.size === 0
      ? undefined
      : await runLanes(deps, {
          ref,
          stat,
          offsets,
          format: known?.format,
          final,
          policy:
            deps.destinations.size > 1
              ? { ...settings.retry, retryForMs: Math.min(settings.retry.retryForMs, SHARED_RETRY_MS) }
              : settings.retry,
          keeper,
          progress,
          change: seen,
          stopping,
        });

  const behind = stopping.stop.aborted ? [] : planBehind(deps, task, checkpoint, held, run);
  const short = new Map(
    [...deps.destinations.keys()].map((name) => [name, planOwnTask(deps, task, name, 0)]),
  );
  const complete = run?.complete ?? true;
  const closes = final && complete && !stopping.stop.aborted;
  const keeps = hasOther && complete && !stopping.stop.aborted;
  let next: LiveTask | undefined;
  if (!closes) {
    const delay = complete && !stopping.stop.aborted ? pollDelayMs(asOf - checkpoint.grownOn, settings) : 0;
    next = keeps ? checkpoint.next : await sendNext(deps, task, 'tail', delay);
  }
  const writing = progress.update((current) => {
    // Our claim ran out, and whoever has it now has seen more.
    if (current.length > stat.length) {
      return { ...advance(run?.offsets ?? new Map())(current), ...(run && { format: run.format }) };
    }
    const { next: _, ...rest } = advance(run?.offsets ?? new Map())(seen(current));
    const destinations = { ...rest.destinations };
    for (const [name, { live }] of behind) {
      // A replay that ended meanwhile must not begin again.
      if (isReplay(name) && !destinations[name]) continue;
      const cursor = destinations[name] ?? { offset: 0 };
      destinations[name] = { ...cursor, behind: { ...live, attempts: (cursor.behind?.attempts ?? 0) + 1 } };
    }
    const changed: Checkpoint = {
      ...rest,
      destinations,
      closed: closes,
      ...(run && { format: run.format }),
      ...(run?.complete && { end: { length: stat.length, offset: run.position } }),
      ...(next && { next }),
    };
    // One that read on its own while this visit was under way caught up with a blob that was still open.
    for (const [name, { live }] of short) {
      const cursor = destinations[name];
      if (cursor && !cursor.behind && stopsShort(changed, cursor)) {
        destinations[name] = { ...cursor, behind: { ...live, attempts: 0 } };
      }
    }
    return changed;
  });
  if (!(await isWritten(writing, !closes && !keeps, deps.logger))) return 'again';
  const isPlanned = ([name, { live }]: readonly [string, PlannedTask]) =>
    progress.checkpoint.destinations[name]?.behind?.task === live.task;
  // After the checkpoint: they run under claims of their own and look there for their names. What fails here brings this task
  // back, which sends them again.
  for (const [name, { body, delaySeconds }] of new Map([...[...short].filter(isPlanned), ...behind])) {
    await deps.queue.send(body, delaySeconds);
    deps.logger.info('A destination goes on by itself', { destination: name, blob: blobPath(ref) });
  }
  bookLag(deps, task, progress.checkpoint, run?.table);
  return closes ? 'done' : 'again';
}

/** The same blob as before, or another under its name: created at another time, or shorter than what was read of it. */
export function isSameBlob(checkpoint: Checkpoint, stat: BlobStat): boolean {
  return checkpoint.createdOn === stat.createdOn && stat.length >= checkpoint.length;
}

/** A checkpoint that knows nothing of its blob yet. */
export function freshCheckpoint(stat: BlobStat, now: number): Checkpoint {
  return {
    v: 1,
    createdOn: stat.createdOn,
    length: 0,
    grownOn: grownOn(stat, now),
    format: 'lines',
    closed: false,
    destinations: {},
  };
}

/** When the blob grew last, by the service's clock; never in our future, or it would not close. */
function grownOn(stat: BlobStat, now: number): number {
  return Math.min(now, stat.lastModified);
}

/** Notes the length that was seen; growth reopens a closed blob. */
function see(stat: BlobStat, now: number): Change {
  return (checkpoint) =>
    stat.length > checkpoint.length
      ? { ...checkpoint, length: stat.length, grownOn: grownOn(stat, now), closed: false }
      : checkpoint;
}

interface Readers {
  /** The destinations that read in this visit, and from where. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Those that have something to read and whose breaker is open, and until when (ms since the epoch). */
  readonly held: ReadonlyMap<string, number>;
}

function whoReads(deps: RelayDeps, checkpoint: Checkpoint, final: boolean): Readers {
  const offsets = new Map<string, number>();
  const held = new Map<string, number>();
  for (const [name, { breaker }] of deps.destinations) {
    const cursor = checkpoint.destinations[name] ?? { offset: 0 };
    if (cursor.behind || !hasUnread(checkpoint, cursor, final)) continue;
    // Not even to try whether it is back: what may hang is tried by a destination's own task, where nobody else waits.
    if (breaker.record) held.set(name, breaker.record.openUntil);
    else offsets.set(name, cursor.offset);
  }
  return { offsets, held };
}

/** Whether there may be rows behind the cursor, as far as is known. */
export function hasUnread(checkpoint: Checkpoint, cursor: Cursor, final: boolean): boolean {
  const { end, length, format, closed } = checkpoint;
  if (format === 'lines' && cursor.offset >= length) return false;
  const atEnd = end !== undefined && end.length === length && cursor.offset >= end.offset;
  return !atEnd || (final && !closed);
}

/** The blob is closed, and yet there may be rows behind the cursor. Whoever reads to the end of a closed blob notes where that is. */
export function stopsShort({ closed, end, format, length }: Checkpoint, cursor: Cursor): boolean {
  if (!closed || (format === 'lines' && cursor.offset >= length)) return false;
  return end?.length !== length || cursor.offset < end.offset;
}

/** A destination reads by itself and its task has not come for too long. */
function hasLostTask(checkpoint: Checkpoint, now: number): boolean {
  return Object.values(checkpoint.destinations).some(
    ({ behind }) => behind && now >= behind.due + OVERDUE_MS,
  );
}

/** A task of its own for each destination that cannot keep pace, and a new one where that task was lost. */
function planBehind(
  deps: RelayDeps,
  task: Task,
  checkpoint: Checkpoint,
  held: ReadonlyMap<string, number>,
  run: RunResult | undefined,
): readonly (readonly [string, PlannedTask])[] {
  const { destinations } = deps;
  const now = deps.clock.now();
  const dues = new Map(held);
  for (const [name, end] of run?.ends ?? []) {
    const due = dueOf(end, destinations.get(name)?.breaker.record?.openUntil, now);
    if (due !== undefined) dues.set(name, due);
  }
  for (const [name, { behind }] of Object.entries(checkpoint.destinations)) {
    if (behind && now >= behind.due + OVERDUE_MS && destinations.has(destinationOf(name)))
      dues.set(name, now);
  }
  return [...dues].map(([name, due]) => [name, planOwnTask(deps, task, name, due - now)]);
}

/** A task for one destination's cursor. Its id tells which task made it: see {@link sendAgain}. */
function planOwnTask(
  { clock, destinations }: RelayDeps,
  task: Task,
  cursor: string,
  delayMs: number,
): PlannedTask {
  const number = [...destinations.keys()].indexOf(destinationOf(cursor));
  return planTask(clock, task.blob, 'behind', delayMs, cursor, `${task.id}.${number}`);
}

/**
 * A task that comes back did not come to its end: what its checkpoint already names may never have got onto the queue, and a
 * blob without an hour in its path is found by no sweep. One that is there twice does no harm.
 */
async function sendAgain({ clock, queue }: RelayDeps, task: Task, checkpoint: Checkpoint): Promise<void> {
  for (const [name, { behind }] of Object.entries(checkpoint.destinations)) {
    if (!behind?.task.startsWith(`${task.id}.`)) continue;
    const { body, delaySeconds } = planTask(
      clock,
      task.blob,
      'behind',
      behind.due - clock.now(),
      name,
      behind.task,
    );
    await queue.send(body, delaySeconds);
  }
}

function dueOf(end: LaneEnd, openUntil: number | undefined, now: number): number | undefined {
  if (end.kind === 'done') return undefined;
  if (end.kind === 'apart') return end.until;
  return end.kind === 'down' ? (openUntil ?? now) : now;
}

/** Books what each destination has still to get of this blob. */
export function bookLag(
  deps: RelayDeps,
  task: Task,
  checkpoint: Checkpoint,
  table: string | undefined,
): void {
  for (const name of deps.destinations.keys()) {
    const cursor = checkpoint.destinations[name] ?? { offset: 0 };
    const unread = hasUnread(checkpoint, cursor, false);
    const bytes = checkpoint.format === 'lines' ? checkpoint.length - cursor.offset : checkpoint.length;
    deps.lag.set(name, task.blob, table, unread ? bytes : 0);
  }
}

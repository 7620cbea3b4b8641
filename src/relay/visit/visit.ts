/** Makes a visit to a blob: claims it, loads the checkpoint, looks at the blob, decides, reads, concludes, and writes. */
import { BlobError } from '../../blobs/errors.ts';
import { withAhead } from '../../blobs/read-ahead.ts';
import { hasFingerprint } from '../../blobs/rows/read-rows.ts';
import type { Checkpoint, Cursor } from '../../checkpoints/checkpoint.ts';
import { type ClaimKeeper, underClaim } from '../../checkpoints/claim-keeper.ts';
import { cursorAt } from '../../checkpoints/cursors.ts';
import type { StoredCheckpoint } from '../../checkpoints/port.ts';
import { sharedCheckpoint } from '../../checkpoints/shared-checkpoint.ts';
import { updateDocument } from '../../checkpoints/update-document.ts';
import type { Task } from '../../queue/task.ts';
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import { logFieldsOf } from '../../shared/cursor-ref.ts';
import { codeOf } from '../../shared/errors.ts';
import { contextOf, type SpanContext } from '../../shared/tracing.ts';
import type { RelayDeps, Stopping } from '../source/deps.ts';
import { tableOf } from '../source/table.ts';
import { Admission } from './admission.ts';
import { type Conclusion, conclude, movedBy, type Outcome, turnOfWaitingMs } from './conclude.ts';
import { isWritten, type PlannedTask } from './follow-up.ts';
import { isLasting } from './hold.ts';
import { reportLoss } from './losses.ts';
import { type Change, Progress } from './progress.ts';
import { hasUnread, writtenOn } from './reading.ts';
import { type RunResult, runLanes } from './run-lanes.ts';
import { decide, type Evidence, type Look, type OwnPlan, resendsOf, type SharedPlan } from './state.ts';

/** How a task ended. After any end but `busy` its message can be deleted. */
export type VisitResult =
  /** The blob no longer exists. */
  | 'gone'
  /** The blob is before `start_at`. */
  | 'before_start'
  /** Another task is responsible for this blob. */
  | 'superseded'
  /** Another consumer holds the claim: the task must come back later. */
  | 'busy'
  /** The blob was read to its present end; a further task is on the queue. */
  | 'again'
  /** The blob cannot be read at present; a further task is on the queue, for much later. */
  | 'held'
  /** Nothing is left to do. If the blob grows again, the sweep finds it. */
  | 'done';

/** How often the checkpoint of a dropped task is written while others write it. */
const DROP_TRIES = 3;

/** How long one batch is retried while other destinations wait for the same visit to end. Milliseconds. */
const SHARED_RETRY_MS = 5_000;

/**
 * Makes one visit to a blob. A task without a cursor reads for all cursors that keep pace. A task with a cursor reads only for that
 * cursor, under its own claim: the other cursors neither wait for it nor receive anything twice. The decisions, and the reasons for them, are
 * in state.ts and conclude.ts.
 *
 * Throws BlobError, CheckpointError and QueueError, after which the task must come back.
 */
export async function visit(deps: RelayDeps, task: Task, stopping: Stopping): Promise<VisitResult> {
  const end = await underClaim(deps, task.blob, task.cursor, (keeper) =>
    visitClaimed(deps, task, { stopping, keeper }),
  );
  // Not `superseded`: the consumer that holds the claim may have sent this very task and not yet stored that it is the live one.
  return end?.result ?? 'busy';
}

/** Under what a visit runs. */
export interface VisitContext {
  readonly stopping: Stopping;
  readonly keeper: ClaimKeeper;
  /** Set where this process goes on with the blob by itself, and no task is to be put on the queue for that. */
  readonly following?: Following | undefined;
}

/** What a follower brings to a visit. */
export interface Following {
  /** See {@link Evidence}. */
  readonly isAllSent: boolean;
  /** What is stored, and a look that came after it: valid only under a claim that nobody else held since. */
  readonly known?: { readonly stored: StoredCheckpoint | undefined; readonly look: Look } | undefined;
  /** Changes that `known` has and that are not stored yet. */
  readonly deferred?: readonly Change[];
  /** The follower may keep what this visit changes for a later write (`delivery.checkpoint_every`). */
  readonly mayDefer?: boolean;
}

/** How a visit ended. */
export interface VisitEnd {
  readonly result: VisitResult;
  /** What a follower goes on with; absent where it need not look again. */
  readonly goesOn?: GoesOn;
}

export interface GoesOn {
  /** The id of the task under which it goes on. */
  readonly task: string;
  /** When to look again, by the monotonic clock, milliseconds: the wall clock may be set while a visit ends. */
  readonly dueAt: number;
  readonly stored: StoredCheckpoint | undefined;
  /** Changes that `stored` has and that are not stored yet. */
  readonly deferred: readonly Change[];
  /** Bytes of the blob that were read. */
  readonly bytes: number;
}

/** {@link visit}, under a claim that the caller holds; as a span, where its trace is sampled. */
export async function visitClaimed(deps: RelayDeps, task: Task, context: VisitContext): Promise<VisitEnd> {
  const span = deps.tracer?.start({
    name: 'visit blob',
    kind: 'consumer',
    parent: contextOf(task.trace),
    attributes: {
      'xdr_relay.blob': blobPath(task.blob),
      'xdr_relay.origin': task.origin,
      ...(deps.source !== undefined && { 'xdr_relay.source': deps.source }),
    },
  });
  try {
    const end = await makeVisit(deps, task, context, span?.context);
    span?.end({ 'xdr_relay.result': end.result, 'xdr_relay.bytes': end.goesOn?.bytes ?? 0 });
    return end;
  } catch (error) {
    span?.end({}, codeOf(error) ?? 'unexpected');
    throw error;
  }
}

async function makeVisit(
  deps: RelayDeps,
  task: Task,
  { stopping, keeper, following }: VisitContext,
  span: SpanContext | undefined,
): Promise<VisitEnd> {
  const { checkpoints, clock, metrics, logger } = deps;
  const ref = task.blob;
  // The checkpoint is loaded before the look, because visits of other cursors write it too: a checkpoint that is newer than the look may
  // know a longer blob, and the shorter blob of the look would then count as another blob.
  const stored = following?.known ? following.known.stored : await checkpoints.load(ref, stopping.abort);
  const look = following?.known?.look ?? (await lookAt(deps, ref, stopping.abort));
  const evidence = await gather(deps, task, stored?.checkpoint, following);
  const plan = decide(stored?.checkpoint, look, evidence, clock.now());
  if (plan.kind === 'end') {
    if (plan.result === 'gone') await noteGone(deps, ref, stored?.checkpoint);
    await sendAll(deps, plan.sends);
    return { result: plan.result };
  }
  if (stored && plan.kind === 'shared' && plan.isReplaced) {
    metrics.count('xdr_relay_blobs_replaced_total');
    await reportLoss(deps, ref, stored.checkpoint, plan.base);
  }
  await sendAll(deps, plan.resends);

  const progress = new Progress(
    { store: checkpoints, ref, clock },
    stored?.etag,
    plan.base,
    following?.deferred,
  );
  const ahead = look.kind === 'found' ? look.ahead : undefined;
  const reading = ahead ? { ...deps, blobs: withAhead(deps.blobs, ahead) } : deps;
  const { table, ...outcome } = await read(reading, plan, progress, { keeper, stopping, span });
  const [now, concludedAt] = [clock.now(), clock.monotonic()];
  const conclusion = conclude(afterReading(plan, outcome), outcome, now);
  if (stored && outcome.isRewritten) {
    metrics.count('xdr_relay_blobs_replaced_total');
    await reportLoss(deps, ref, stored.checkpoint, stored.checkpoint);
    logger.warn('A blob has other content than before and is read again from 0', { blob: blobPath(ref) });
  }

  try {
    await sendAll(deps, conclusion.before);
  } catch (error) {
    // The task comes back. The offsets are written so that it does not send again what was accepted.
    await progress.update(movedBy(outcome.run)).catch(() => {});
    throw error;
  }
  const isDeferred = mayDefer(following, stopping) && isDeferrable(plan, outcome, conclusion, progress);
  const writing = progress[isDeferred ? 'defer' : 'update'](conclusion.change);
  if (!(await isWritten(writing, conclusion.before.length > 0, logger))) {
    await sendAll(
      deps,
      await namedIn(deps, task, conclusion.after(conclusion.change(progress.checkpoint)).sends),
    );
    return { result: 'again' };
  }
  noteHold(deps, task, conclusion);
  const { result, sends } = conclusion.after(progress.checkpoint);
  // If sending fails, this task comes back and sends them again.
  await sendAll(deps, sends);
  for (const { cursor } of plan.kind === 'shared' ? sends : []) {
    logger.info('A destination reads on alone', { ...logFieldsOf(cursor), blob: blobPath(ref) });
  }
  bookLag(deps, task, progress.checkpoint, table);
  if (plan.kind === 'own' && result === 'done') {
    logger.info(plan.ref.replay ? 'A replay has ended' : 'A destination has caught up', {
      destination: plan.ref.destination,
      blob: blobPath(ref),
    });
  }
  const live = conclusion.kept;
  if (!live) return { result };
  const from = Math.min(...[...plan.readers.values()].map(({ offset }) => offset));
  const bytes = outcome.run ? outcome.run.position - from : 0;
  const dueAt = concludedAt + live.due - now;
  const { stored: written, deferred } = progress;
  return { result, goesOn: { task: live.task, dueAt, stored: written, deferred, bytes } };
}

/** A process that ends writes what it knows. */
function mayDefer(following: Following | undefined, { stop }: Stopping): boolean {
  return following?.mayDefer === true && !stop.aborted;
}

/** Whether offsets are all that a visit changed: a crash that forgets them costs repeats and nothing else. */
function isDeferrable(
  plan: SharedPlan | OwnPlan,
  { run, isRewritten }: Outcome,
  { kept, hold, change, after }: Conclusion,
  { stored, checkpoint }: Pick<Progress, 'stored' | 'checkpoint'>,
): boolean {
  if (plan.kind !== 'shared' || plan.isReplaced || isRewritten || !stored || !kept) return false;
  if (hold ?? checkpoint.hold) return false;
  const { result, sends } = after(change(checkpoint));
  return result === 'again' && sends.length === 0 && run?.complete !== false;
}

/**
 * After a write that seemed to fail but may have succeeded, selects the tasks that the stored checkpoint names, because only this visit
 * sends them. If the checkpoint cannot be loaded either, selects all: a task that its checkpoint does not name ends.
 */
async function namedIn(
  { checkpoints }: RelayDeps,
  { blob }: Task,
  tasks: readonly PlannedTask[],
): Promise<readonly PlannedTask[]> {
  if (tasks.length === 0) return tasks;
  try {
    const stored = await checkpoints.load(blob);
    return tasks.filter(
      ({ cursor, live }) =>
        stored && cursor && cursorAt(stored.checkpoint, cursor)?.behind?.task === live.task,
    );
  } catch {
    return tasks;
  }
}

/**
 * Throws BlobError where the service does not answer.
 *
 * @param from where the blob has probably grown: the offset from which on bytes are read in the same request.
 */
export async function lookAt(
  { blobs }: Pick<RelayDeps, 'blobs'>,
  ref: BlobRef,
  signal: AbortSignal,
  from?: number,
): Promise<Look> {
  try {
    if (from !== undefined) {
      const peeked = await blobs.peek(ref, from, signal);
      return peeked ? { kind: 'found', ...peeked } : { kind: 'gone' };
    }
    const stat = await blobs.stat(ref, signal);
    return stat ? { kind: 'found', stat } : { kind: 'gone' };
  } catch (error) {
    if (error instanceof BlobError && error.code === 'blob_unreadable') {
      return { kind: 'unreadable', code: error.code };
    }
    throw error;
  }
}

/** What a decision about a blob depends on. */
export async function gather(
  { destinations, settings }: Pick<RelayDeps, 'destinations' | 'settings'>,
  task: Task,
  checkpoint: Checkpoint | undefined,
  following?: Pick<Following, 'isAllSent'>,
): Promise<Evidence> {
  const { cursor } = task;
  const stored = checkpoint && cursor && cursorAt(checkpoint, cursor);
  if (cursor && (stored?.behind?.attempts ?? 0) > 0) {
    // Another consumer may have recorded that the destination has accepted rows since.
    await destinations.get(cursor.destination)?.breaker.refresh();
  }
  const table = tableOf(task.blob.container);
  return {
    task,
    settings,
    freshId: crypto.randomUUID(),
    ...(following && { isFollowed: true, isAllSent: following.isAllSent }),
    destinations: new Map(
      [...destinations].map(([name, { breaker, holds }]) => [
        name,
        { openUntil: breaker.record?.openUntil, tableHeldUntil: holds.heldUntil(table) },
      ]),
    ),
  };
}

type ReadOutcome = Outcome & Partial<Pick<RunResult, 'table'>>;

interface VisitUnder {
  readonly keeper: ClaimKeeper;
  readonly stopping: Stopping;
  /** The visit's span, where it is traced. */
  readonly span: SpanContext | undefined;
}

/** A trace ends with the first visit that reads: the task that follows has none, and the visits of a blob's hour do not become one trace. */
function afterReading<P extends SharedPlan | OwnPlan>(plan: P, { run }: Outcome): P {
  const { task } = plan.evidence;
  const from = Math.min(...[...plan.readers.values()].map(({ offset }) => offset));
  if (task.trace === undefined || !run || run.position <= from) return plan;
  const { trace: _, ...untraced } = task;
  return { ...plan, evidence: { ...plan.evidence, task: untraced } };
}

/** Reads the blob and runs the lanes; for a visit for one cursor, asks for permission first. */
async function read(
  deps: RelayDeps,
  plan: SharedPlan | OwnPlan,
  progress: Progress,
  { keeper, stopping, span }: VisitUnder,
): Promise<ReadOutcome> {
  const { readers, stat } = plan;
  const target = plan.kind === 'own' ? deps.destinations.get(plan.ref.destination) : undefined;
  const ended = (outcome: Partial<ReadOutcome>): ReadOutcome => ({
    ...outcome,
    isStopping: stopping.stop.aborted,
    openUntil: new Map(
      [...deps.destinations].flatMap(
        ([
          name,
          {
            breaker: { record },
          },
        ]) => (record ? [[name, record.openUntil] as const] : []),
      ),
    ),
  });
  const { task } = plan.evidence;
  if (stat && plan.kind === 'shared' && plan.compares) {
    const isSame = await hasFingerprint(deps.blobs, task.blob, plan.compares, {
      length: stat.length,
      format: plan.base.format,
      createdOn: stat.createdOn,
      signal: AbortSignal.any([stopping.abort, keeper.signal]),
    });
    if (!isSame) return ended({ isRewritten: true });
  }
  if (!stat || readers.size === 0) return ended({});
  // A cursor that may not send does not read either. Which cursor probes is decided only when there is a row to send.
  const openUntil = target?.breaker.record?.openUntil ?? 0;
  if (deps.clock.now() < openUntil) return ended({ refusedUntil: openUntil });
  const attempts = plan.kind === 'own' ? plan.cursor.behind.attempts : 0;
  const admission = target && new Admission(target, tableOf(task.blob.container), turnOfWaitingMs(attempts));
  try {
    const run = await runLanes(deps, {
      ref: task.blob,
      stat,
      replay: plan.kind === 'own' && plan.ref.replay,
      offsets: new Map([...readers].map(([name, { offset }]) => [name, offset])),
      proofs: readers,
      format: plan.format,
      final: plan.final,
      policy: policyOf(deps, plan),
      isAlone: plan.kind === 'own' || deps.destinations.size <= 1,
      ...(admission && { admit: () => admission.ask() }),
      keeper,
      progress,
      change: plan.seen,
      stopping,
      ...(span && { trace: (start) => deps.tracer?.start({ ...start, parent: span }) }),
    });
    return ended({ run, table: run.table });
  } catch (error) {
    if (error instanceof BlobError && error.code === 'blob_rewritten') return ended({ isRewritten: true });
    if (error instanceof BlobError && isLasting(error.code)) return ended({ unreadable: error.code });
    throw error;
  } finally {
    await admission?.end();
  }
}

function policyOf({ destinations, settings: { retry } }: RelayDeps, { kind }: SharedPlan | OwnPlan) {
  if (kind === 'own' || destinations.size <= 1) return retry;
  return { ...retry, retryForMs: Math.min(retry.retryForMs, SHARED_RETRY_MS) };
}

/**
 * For a task that ends without a visit, because a follower looks at its blob: sends the tasks that the checkpoint names as made by it. An
 * earlier visit of this task may have failed, or its process may have died, after the checkpoint was written and before they were sent.
 *
 * Where the checkpoint names this task, and the follower has another one, it names the follower's from now on: otherwise the follower, or the
 * heir of its process, would leave the blob to a task that is gone.
 *
 * Throws CheckpointError and QueueError: then the task comes back.
 *
 * @param followers the id of the task under which the blob is followed.
 */
export async function dropFor(
  deps: RelayDeps,
  task: Pick<Task, 'id' | 'blob'>,
  followers: string,
  signal: AbortSignal,
): Promise<void> {
  const stored = await deps.checkpoints.load(task.blob, signal);
  if (!stored) return;
  await sendAll(deps, resendsOf({ task }, stored.checkpoint, deps.clock.now()));
  if (task.id === followers) return;
  const outcome = await updateDocument<Checkpoint, undefined>(
    sharedCheckpoint(deps.checkpoints, task.blob),
    (current) => {
      if (current?.next?.task !== task.id) return { keep: undefined };
      return { write: { ...current, next: { ...current.next, task: followers } }, result: undefined };
    },
    { tries: DROP_TRIES },
    { value: stored.checkpoint, etag: stored.etag },
  );
  if (outcome.kind === 'busy') throw outcome.conflict;
}

async function sendAll({ queue }: RelayDeps, tasks: readonly PlannedTask[]): Promise<void> {
  for (const { body, delaySeconds } of tasks) await queue.send(body, delaySeconds);
}

function noteHold({ metrics, logger }: RelayDeps, { blob }: Task, { hold }: Conclusion): void {
  if (!hold) return;
  const { code, failures, until } = hold;
  if (failures > 1) {
    logger.debug('A blob still cannot be read', { blob: blobPath(blob), code, failures });
    return;
  }
  metrics.count('xdr_relay_blobs_held_total', { reason: code });
  logger.warn('A blob cannot be read and is left alone for a while', {
    blob: blobPath(blob),
    code,
    until: new Date(until).toISOString(),
  });
}

async function noteGone(deps: RelayDeps, ref: BlobRef, checkpoint: Checkpoint | undefined): Promise<void> {
  deps.metrics.count('xdr_relay_blobs_gone_total');
  for (const name of deps.destinations.keys()) deps.lag.set(name, ref, undefined, { bytes: 0, since: 0 });
  if (checkpoint) await reportLoss(deps, ref, checkpoint);
}

/** Records how many bytes of this blob each destination has not received yet. */
function bookLag(deps: RelayDeps, task: Task, checkpoint: Checkpoint, table: string | undefined): void {
  for (const name of deps.destinations.keys()) {
    const cursor: Partial<Cursor> & { readonly offset: number } = checkpoint.destinations[name] ?? {
      offset: 0,
    };
    const unread = hasUnread(checkpoint, cursor, false);
    const bytes = checkpoint.format === 'lines' ? checkpoint.length - cursor.offset : checkpoint.length;
    deps.lag.set(name, task.blob, table, {
      bytes: unread ? bytes : 0,
      since: writtenOn(checkpoint, cursor.offset),
      due: cursor.behind?.due ?? checkpoint.next?.due,
    });
  }
}

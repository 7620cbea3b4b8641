import type { BlobStat } from '../../blobs/port.ts';
import type { Checkpoint, Cursor } from '../../checkpoints/checkpoint.ts';
import { destinationOf, isReplay } from '../../checkpoints/cursor-name.ts';
import type { Task } from '../../queue/task.ts';
import { blobPath } from '../../shared/blob-ref.ts';
import type { RelayDeps, Stopping } from '../deps.ts';
import { runLanes } from '../run-lanes.ts';
import { reportGone } from '../status/losses.ts';
import { type ClaimKeeper, underClaim } from './claim-keeper.ts';
import { hasOtherTask, isWritten, planTask, sendNext } from './follow-up.ts';
import { advance, Progress } from './progress.ts';
import { bookLag, isSameBlob, stopsShort, type VisitResult } from './visit.ts';

const unchanged = <T>(value: T): T => value;

/**
 * One visit to a blob for one destination that reads by itself, under a claim of its own: the others are neither held back nor
 * repeated. When it has caught up it joins them again; a replay has then ended.
 */
export async function visitBehind(
  deps: RelayDeps,
  task: Task & { readonly destination: string },
  stopping: Stopping,
): Promise<VisitResult> {
  const result = await underClaim(deps, task.blob, task.destination, (keeper) =>
    visitClaimed(deps, task, stopping, keeper),
  );
  return result ?? 'busy';
}

async function visitClaimed(
  deps: RelayDeps,
  task: Task & { readonly destination: string },
  stopping: Stopping,
  keeper: ClaimKeeper,
): Promise<VisitResult> {
  const { blobs, checkpoints, clock, metrics, settings } = deps;
  const { blob: ref, destination: name } = task;
  const target = deps.destinations.get(destinationOf(name));
  const stat = await blobs.stat(ref, stopping.abort);
  if (!stat) {
    metrics.count('xdr_relay_blobs_gone_total');
    await reportGone(deps, ref, stopping.abort);
    return 'gone';
  }
  const stored = await checkpoints.load(ref, stopping.abort);
  const cursor = stored?.checkpoint.destinations[name];
  if (!target || !stored || !cursor?.behind || hasOtherTask(cursor.behind, task.id, clock.now())) {
    return 'superseded';
  }
  if (!isSameBlob(stored.checkpoint, stat)) {
    // The new blob has no reader yet where its notification was lost.
    await deps.queue.send(planTask(clock, ref, 'behind', 0).body);
    return 'superseded';
  }
  const { attempts } = cursor.behind;
  const progress = new Progress(checkpoints, ref, stored.etag, stored.checkpoint);
  const reach = extent(stored.checkpoint, cursor, stat);
  const until = await target.breaker.admit();
  const run =
    until === undefined
      ? await runLanes(deps, {
          ref,
          ...reach,
          offsets: new Map([[name, cursor.offset]]),
          format: stored.checkpoint.format,
          policy: settings.retry,
          keeper,
          progress,
          change: unchanged,
          stopping,
        }).finally(() => target.breaker.endProbe())
      : undefined;

  const end = run?.ends.get(name);
  const caughtUp = run?.complete === true && end?.kind === 'done' && !stopping.stop.aborted;
  const now = clock.now();
  const due = until ?? (end?.kind === 'down' ? (target.breaker.record?.openUntil ?? now) : now);
  const live = caughtUp ? undefined : await sendNext(deps, task, 'behind', due - now);
  // The same task once more: where it does not get onto the queue, its message comes back.
  const again = planTask(clock, ref, 'behind', 0, name, task.id);
  const writing = progress.update((current) => {
    const moved = {
      ...advance(run?.offsets ?? new Map())(current),
      // Nobody may have read the blob before: offsets mean nothing without its format.
      ...(run && { format: run.format }),
      // Nobody may have read to the end of a closed blob before.
      ...(run?.complete &&
        reach.final &&
        reach.stat.length === current.length && { end: { length: current.length, offset: run.position } }),
    };
    const { [name]: reached = cursor, ...others } = moved.destinations;
    if (caughtUp && isReplay(name)) return { ...moved, destinations: others };
    const { behind: _, ...place } = reached;
    const failed = end?.kind === 'down' ? 1 : 0;
    const goesOn = live ?? (stopsShort(moved, place) ? again.live : undefined);
    const next = goesOn ? { ...place, behind: { ...goesOn, attempts: attempts + failed } } : place;
    return { ...moved, destinations: { ...others, [name]: next } };
  });
  if (!(await isWritten(writing, live !== undefined, deps.logger))) return 'again';
  if (caughtUp && stat.length > stored.checkpoint.length) {
    await deps.queue.send(planTask(clock, ref, 'behind', 0).body);
  }
  if (progress.checkpoint.destinations[name]?.behind?.task === again.live.task) {
    await deps.queue.send(again.body);
    return 'again';
  }
  bookLag(deps, task, progress.checkpoint, run?.table);
  if (caughtUp) {
    deps.logger.info(isReplay(name) ? 'A replay has ended' : 'A destination has caught up', {
      destination: name,
      blob: blobPath(ref),
    });
    return 'done';
  }
  return 'again';
}

/** How far there is to read. Of lines a replay reads only those that were rows to the destination before. */
function extent(
  { format, closed, length }: Checkpoint,
  { to }: Cursor,
  stat: BlobStat,
): { readonly stat: BlobStat; readonly final: boolean } {
  return to !== undefined && format === 'lines'
    ? { stat: { ...stat, length: to }, final: true }
    : { stat, final: closed && stat.length === length };
}

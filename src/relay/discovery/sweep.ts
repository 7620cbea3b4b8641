/** Lists recent hours and queues the blobs that are longer than their checkpoints say. */

import { randomUUID } from 'node:crypto';
import type { BlobEntry } from '../../blobs/port.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import { onlyOf } from '../../checkpoints/cursors.ts';
import { sharedCheckpoint } from '../../checkpoints/shared-checkpoint.ts';
import { type CheckpointSummary, summaryOf } from '../../checkpoints/summary.ts';
import { ONE_TRY, updateDocument } from '../../checkpoints/update-document.ts';
import type { Task } from '../../queue/task.ts';
import { isRowBlobName } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { loggedError, messageOf, RelayError } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { RelayDeps } from '../source/deps.ts';
import { liesBefore } from '../source/start.ts';
import { isLost, OVERDUE_MS, planTask } from '../visit/follow-up.ts';
import { freshCheckpoint } from '../visit/reading.ts';
import { type FoundBlob, withCheckpoints } from './found-blobs.ts';
import { type Hours, isOfHours, prefixesOf } from './hours.ts';

/** The notification of a blob younger than this may still arrive, so most sweeps leave it alone. Milliseconds. */
export const YOUNG_MS = 60_000;

/** The hours and containers to sweep. */
export interface SweepOptions extends Hours {
  /** Only containers whose names begin with this are swept. */
  readonly containerPrefix: string;
  /** Blobs younger than this are left to their notifications; by default a minute. Milliseconds. */
  readonly youngMs?: number;
}

export interface SweepResult {
  readonly listed: number;
  readonly queued: number;
  /** The number of containers; below, the number of those that could not be swept to their end. */
  readonly containers: number;
  readonly passedOver: number;
  /** By container that was listed to its end, when its newest blob of these hours was last written; undefined if there was none. */
  readonly newest: ReadonlyMap<string, number | undefined>;
}

/** How many containers are swept in parallel, so that the others continue if some hang. */
const AT_ONCE = 4;
/**
 * The time limit for one container, because each of its requests may take a minute (azure/pages.ts) and the next containers must not wait
 * for hours. The next sweep tries it again. Milliseconds.
 */
const CONTAINER_MS = 5 * 60_000;
/** How many lines one sweep logs about what it skipped; the metric counts all. */
const MOST_LINES = 50;

/**
 * Lists the blobs of the given hours, and queues each blob that is longer than its checkpoint says, or unfinished, and that has no live
 * task. Lists one or several days at a time, never a whole container. Memory holds the names of the containers and, for each container that
 * is being swept, a page of either listing.
 *
 * A container that cannot be listed, for whatever reason, and a blob that cannot be queued are skipped, logged and counted. Throws if no
 * blob at all can be queued: the containers themselves cannot be listed (BlobError), or the queue accepts nothing (QueueError).
 */
export async function sweep(
  deps: RelayDeps,
  { containerPrefix, from, to, youngMs }: SweepOptions,
  signal: AbortSignal,
): Promise<SweepResult> {
  const containers: string[] = [];
  for await (const container of deps.blobs.containers(containerPrefix, signal)) containers.push(container);
  let listed = 0;
  let queued = 0;
  let passedOver = 0;
  let lines = 0;
  const newest = new Map<string, number | undefined>();
  await inParallel(
    containers,
    AT_ONCE,
    async (container) => {
      try {
        await inTime(deps.clock, CONTAINER_MS, signal, (within) => sweepContainer(container, within));
      } catch (error) {
        passOver(error, container);
        passedOver++;
      }
    },
    signal,
  );
  return { listed, queued, containers: containers.length, passedOver, newest };

  async function sweepContainer(container: string, within: AbortSignal): Promise<void> {
    let last: number | undefined;
    for await (const { entry, checkpoint } of blobsOfHours(deps, container, { from, to }, within)) {
      listed++;
      // Defender creates a blob empty: its creation is a sign of life, too.
      last = Math.max(last ?? 0, entry.lastModified);
      if (!checkpoint && liesBefore(entry, deps.start)) continue;
      if (!needsVisit(entry, checkpoint, deps.clock.now(), youngMs)) continue;
      // Its checkpoint says nothing while it is quiet, and its follower looks at it anyway.
      if (deps.isFollowed?.(entry.ref)) continue;
      try {
        if (await queueBlob(deps, entry, 'sweep', deps.destinations)) queued++;
      } catch (error) {
        within.throwIfAborted();
        passOver(error, container, entry.ref.name);
      }
    }
    newest.set(container, last);
  }

  /** Skips a container or a blob after an error, so that the sweep continues with what is listed after it. */
  function passOver(error: unknown, container: string, blob?: string): void {
    signal.throwIfAborted();
    const { code: reason } = loggedError(error);
    // An error without a code is a bug of the relay, which must not be hidden among errors of the storage.
    if (reason === undefined || reason === 'queue_unavailable') throw error;
    const table = container.slice(containerPrefix.length);
    deps.metrics.count('xdr_relay_sweep_passed_over_total', { table, reason });
    if (++lines > MOST_LINES) return;
    const what = blob === undefined ? { container } : { container, blob };
    deps.logger.warn('The sweep skipped what it could not read', {
      ...what,
      code: reason,
      error: messageOf(error),
    });
  }
}

/** The blobs of the hours in a container, for all tenants, each with its checkpoint. */
async function* blobsOfHours(
  deps: RelayDeps,
  container: string,
  hours: Hours,
  signal: AbortSignal,
): AsyncGenerator<FoundBlob> {
  for (const tenant of await deps.tenants.of(deps.blobs, container, signal)) {
    const isWanted = (name: string) => isOfHours(name, tenant, hours);
    for (const prefix of prefixesOf(hours)) {
      yield* withCheckpoints(deps, { container, prefix: tenant + prefix, isWanted }, signal);
      signal.throwIfAborted();
    }
  }
}

/** Runs `work` with a time limit: when it is reached, rejects even if `work` hangs, and aborts the signal of `work`. */
export async function inTime(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (within: AbortSignal) => Promise<void>,
): Promise<void> {
  const done = new AbortController();
  const over = new AbortController();
  const late = clock.sleep(ms, done.signal).then(
    () => {
      const error = new RelayError('timeout', `It was not done after ${ms / 1000} s`);
      over.abort(error);
      throw error;
    },
    () => {},
  );
  try {
    await Promise.race([work(AbortSignal.any([signal, over.signal])), late]);
  } finally {
    done.abort();
  }
}

/** Whether a blob has unread bytes and no live task, judging by its entry and the summary of its checkpoint. */
export function needsVisit(
  entry: BlobEntry,
  checkpoint: CheckpointSummary | undefined,
  now: number,
  youngMs = YOUNG_MS,
): boolean {
  if (!isRowBlobName(entry.ref.name)) return false;
  if (!checkpoint) return now - entry.createdOn >= youngMs;
  if (isHeld(entry, checkpoint, now)) return false;
  if (entry.createdOn !== checkpoint.createdOn || entry.length < checkpoint.length) return true;
  const { due, behindDue } = checkpoint;
  if (behindDue !== undefined && now >= behindDue + OVERDUE_MS) return true;
  if (due !== undefined && now < due + OVERDUE_MS) return false;
  if (!checkpoint.closed || entry.length > checkpoint.length) return true;
  return checkpoint.etag !== undefined && checkpoint.etag !== entry.etag;
}

/**
 * Whether a blob cannot be read and is not due for another try. If its task was lost, it is tried again some time later. A checkpoint
 * without a creation time belongs to a blob whose properties could not be read.
 */
export function isHeld(
  entry: BlobEntry,
  { hold, createdOn }: Pick<CheckpointSummary, 'hold' | 'createdOn'>,
  now: number,
): boolean {
  const isSame = entry.createdOn === createdOn || createdOn === 0;
  return isSame && hold !== undefined && now < hold.until + OVERDUE_MS;
}

/**
 * Queues a task, and then names it in the checkpoint, so that the next sweep need not queue another. If the checkpoint were written first
 * and the process died or the queue refused the task, no consumer would visit the blob until the task counted as lost.
 *
 * If the checkpoint names another task that is not lost, that stays: both tasks arrive, and one ends as superseded. Returns false if only
 * destinations that are no longer `known` have something to read in the blob.
 */
export async function queueBlob(
  deps: Pick<RelayDeps, 'checkpoints' | 'clock' | 'queue'>,
  entry: BlobEntry,
  origin: Task['origin'],
  known?: Pick<ReadonlyMap<string, unknown>, 'has'>,
): Promise<boolean> {
  const { ref, createdOn, ...stat } = entry;
  const document = sharedCheckpoint(deps.checkpoints, ref);
  const stored = await document.load();
  const now = deps.clock.now();
  if (stored.value && known && !isOwed(stored.value, entry, known, now)) return false;
  const isSame = stored.value?.createdOn === createdOn;
  const current = (isSame && stored.value) || freshCheckpoint({ ...stat, createdOn }, now);
  const { body, live } = planTask(now, { id: randomUUID(), blob: ref, origin, due: now });
  await deps.queue.send(body);
  if (current.next && !isLost(current.next, now)) return true;
  const named = () => ({ write: { ...current, next: live }, result: undefined });
  // If another consumer wrote the checkpoint meanwhile, it is visiting the blob, so the task need not be named.
  await updateDocument<Checkpoint, undefined>(document, named, ONE_TRY, stored);
  return true;
}

/** As {@link needsVisit}, but judging by the cursors of destinations that relay.yaml still has. */
function isOwed(
  checkpoint: Checkpoint,
  entry: BlobEntry,
  known: Pick<ReadonlyMap<string, unknown>, 'has'>,
  now: number,
): boolean {
  const ofKnown = onlyOf(checkpoint, (destination) => known.has(destination));
  return needsVisit(entry, summaryOf(entry.ref.name, ofKnown), now);
}

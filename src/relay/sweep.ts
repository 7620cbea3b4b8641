import { randomUUID } from 'node:crypto';
import type { BlobEntry } from '../blobs/port.ts';
import type { CheckpointSummary } from '../checkpoints/summary.ts';
import type { Task } from '../queue/task.ts';
import { blobPath, hourFolder, isRowBlobName } from '../shared/blob-ref.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { RelayDeps } from './deps.ts';
import { OVERDUE_MS, planTask } from './visit/follow-up.ts';
import { freshCheckpoint } from './visit/reading.ts';

const HOUR_MS = 3_600_000;
/** A blob this young has its notification still on the way. Milliseconds. */
const YOUNG_MS = 60_000;

export interface SweepOptions {
  /** Containers that begin with this are swept. */
  readonly containerPrefix: string;
  /** Milliseconds since the epoch; the hours from `from` up to and including `to`'s are listed. */
  readonly from: number;
  readonly to: number;
}

export interface SweepResult {
  readonly listed: number;
  readonly queued: number;
}

/** A source blob, and what is known of how far it was read. */
export interface FoundBlob {
  readonly entry: BlobEntry;
  readonly checkpoint: CheckpointSummary | undefined;
}

/**
 * Lists the blobs of the given hours and queues each that is longer than its checkpoint, or unfinished, and that no live task
 * looks after. Lists by hour, never a whole container; memory holds a page of either listing.
 */
export async function sweep(
  deps: RelayDeps,
  { containerPrefix, from, to }: SweepOptions,
  signal: AbortSignal,
): Promise<SweepResult> {
  let listed = 0;
  let queued = 0;
  for await (const container of deps.blobs.containers(containerPrefix, signal)) {
    try {
      await sweepContainer(container);
    } catch (error) {
      passOver(deps, error, { container });
    }
  }
  return { listed, queued };

  async function sweepContainer(container: string): Promise<void> {
    for await (const tenant of deps.blobs.folders(container, '', signal)) {
      for (let hour = Math.floor(from / HOUR_MS) * HOUR_MS; hour <= to; hour += HOUR_MS) {
        const found = withCheckpoints(deps, container, tenant + hourFolder(hour), signal);
        for await (const { entry, checkpoint } of found) {
          listed++;
          if (!needsVisit(entry, checkpoint, deps.clock.now())) continue;
          try {
            if (await queueBlob(deps, entry, 'sweep')) queued++;
          } catch (error) {
            passOver(deps, error, { blob: blobPath(entry.ref) });
          }
        }
        signal.throwIfAborted();
      }
    }
  }
}

/** Trouble with one container or one checkpoint must not keep the sweep from all that is listed behind it. */
const OF_ONE = new Set(['blob_gone', 'blob_forbidden', 'checkpoint_unreadable']);

function passOver(
  { logger }: RelayDeps,
  error: unknown,
  what: { readonly container: string } | { readonly blob: string },
): void {
  const code = codeOf(error);
  if (code === undefined || !OF_ONE.has(code)) throw error;
  logger.warn('The sweep passed over what it could not read', { ...what, code, error: messageOf(error) });
}

/**
 * The blobs under a prefix, each with its checkpoint: both listings come in the same order and are merged. The few names that are
 * too long for a checkpoint's may come without theirs; their visit finds out.
 */
export async function* withCheckpoints(
  { blobs, checkpoints }: Pick<RelayDeps, 'blobs' | 'checkpoints'>,
  container: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<FoundBlob> {
  let known: AsyncIterator<CheckpointSummary> | undefined;
  let next: CheckpointSummary | undefined;
  const advance = async () => {
    const result = await known?.next();
    next = result?.done === false ? result.value : undefined;
  };
  try {
    for await (const entry of blobs.list(container, prefix, signal)) {
      // Most hours of most tables have no blob: their checkpoints need not be listed.
      if (!known) {
        known = checkpoints.list(container, prefix, signal)[Symbol.asyncIterator]();
        await advance();
      }
      while (next && next.name < entry.ref.name) await advance();
      yield { entry, checkpoint: next?.name === entry.ref.name ? next : undefined };
    }
  } finally {
    await known?.return?.();
  }
}

/** Whether a blob has bytes nobody reads, as far as two listings tell. */
export function needsVisit(
  entry: BlobEntry,
  checkpoint: CheckpointSummary | undefined,
  now: number,
): boolean {
  if (!isRowBlobName(entry.ref.name)) return false;
  if (!checkpoint) return now - entry.createdOn >= YOUNG_MS;
  if (entry.createdOn !== checkpoint.createdOn || entry.length < checkpoint.length) return true;
  const { due, behindDue } = checkpoint;
  if (behindDue !== undefined && now >= behindDue + OVERDUE_MS) return true;
  if (due !== undefined && now < due + OVERDUE_MS) return false;
  return !checkpoint.closed || entry.length > checkpoint.length;
}

/**
 * Queues a task and notes it in the checkpoint, so that the next sweep need not queue another. False when somebody works on the
 * blob at this moment.
 */
export async function queueBlob(
  deps: Pick<RelayDeps, 'checkpoints' | 'clock' | 'queue'>,
  { ref, createdOn, ...stat }: BlobEntry,
  origin: Task['origin'],
): Promise<boolean> {
  const stored = await deps.checkpoints.load(ref);
  const now = deps.clock.now();
  const current =
    stored?.checkpoint.createdOn === createdOn
      ? stored.checkpoint
      : freshCheckpoint({ ...stat, createdOn }, now);
  const { body, live } = planTask(now, { id: randomUUID(), blob: ref, origin, due: now });
  try {
    await deps.checkpoints.save(ref, { ...current, next: live }, stored?.etag);
  } catch (error) {
    if (codeOf(error) === 'checkpoint_conflict') return false;
    throw error;
  }
  await deps.queue.send(body);
  return true;
}

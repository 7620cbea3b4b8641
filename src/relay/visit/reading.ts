/** Answers questions about a checkpoint: whether it belongs to a blob, and which rows are unread. */
import type { BlobStat } from '../../blobs/port.ts';
import type { Checkpoint, Cursor } from '../../checkpoints/checkpoint.ts';

/** Whether a blob is the one of the checkpoint. Another blob of the name was created at another time, or is shorter than what was read. */
export function isSameBlob(
  checkpoint: Pick<Checkpoint, 'createdOn' | 'length'>,
  stat: Pick<BlobStat, 'createdOn' | 'length'>,
): boolean {
  return checkpoint.createdOn === stat.createdOn && stat.length >= checkpoint.length;
}

/** A new checkpoint of a blob of which nothing was read. @param now by the storage service's clock, ms since the epoch. */
export function freshCheckpoint(stat: Pick<BlobStat, 'createdOn' | 'lastModified'>, now: number): Checkpoint {
  return {
    v: 1,
    createdOn: stat.createdOn,
    length: 0,
    grownOn: grownOn(stat, now),
    format: 'lines',
    closed: false,
    destinations: {},
    replays: {},
  };
}

/** When the blob last grew, by the service's clock. Never in the future, because the blob would not close then. */
export function grownOn(stat: Pick<BlobStat, 'lastModified'>, now: number): number {
  return Math.min(now, stat.lastModified);
}

/** Whether there may be rows after the cursor, judging by the checkpoint. */
export function hasUnread(checkpoint: Checkpoint, cursor: Cursor, final: boolean): boolean {
  const { end, length, format, closed } = checkpoint;
  if (format === 'lines' && cursor.offset >= length) return false;
  const atEnd = end !== undefined && end.length === length && cursor.offset >= end.offset;
  return !atEnd || (final && !closed);
}

/**
 * Estimates when a byte that a consumer has seen was written, ms since the epoch: interpolates between the blob's creation and the last growth
 * that was seen.
 */
export function writtenOn({ createdOn, grownOn, length }: Checkpoint, offset: number): number {
  if (length === 0) return createdOn;
  return createdOn + Math.max(0, grownOn - createdOn) * Math.min(1, offset / length);
}

/** Whether a blob is closed but may have rows after the cursor. The first cursor that reads a closed blob to its end records the end. */
export function stopsShort({ closed, end, format, length }: Checkpoint, cursor: Cursor): boolean {
  if (!closed || (format === 'lines' && cursor.offset >= length)) return false;
  return end?.length !== length || cursor.offset < end.offset;
}

/** What a checkpoint says about the rows of its blob: which are unread, and whether it is of this blob at all. */
import type { BlobStat } from '../../blobs/port.ts';
import type { Checkpoint, Cursor } from '../../checkpoints/checkpoint.ts';

/** Whether this is the same blob as before. Another blob under its name was created at another time, or is shorter than what was read. */
export function isSameBlob(
  checkpoint: Pick<Checkpoint, 'createdOn' | 'length'>,
  stat: Pick<BlobStat, 'createdOn' | 'length'>,
): boolean {
  return checkpoint.createdOn === stat.createdOn && stat.length >= checkpoint.length;
}

/** A checkpoint that knows nothing of its blob yet. @param now by the storage service's clock, ms since the epoch. */
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

/** When the blob grew last, by the service's clock; never in our future, or it would not close. */
export function grownOn(stat: Pick<BlobStat, 'lastModified'>, now: number): number {
  return Math.min(now, stat.lastModified);
}

/** Whether there may be rows behind the cursor, judging by the checkpoint. */
export function hasUnread(checkpoint: Checkpoint, cursor: Cursor, final: boolean): boolean {
  const { end, length, format, closed } = checkpoint;
  if (format === 'lines' && cursor.offset >= length) return false;
  const atEnd = end !== undefined && end.length === length && cursor.offset >= end.offset;
  return !atEnd || (final && !closed);
}

/** The blob is closed, but there may be rows behind the cursor: the first cursor that reads a closed blob to its end records where that is. */
export function stopsShort({ closed, end, format, length }: Checkpoint, cursor: Cursor): boolean {
  if (!closed || (format === 'lines' && cursor.offset >= length)) return false;
  return end?.length !== length || cursor.offset < end.offset;
}

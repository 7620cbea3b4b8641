/** Computes how many bytes of a blob each destination has not received yet. */
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import type { FoundBlob } from '../discovery/found-blobs.ts';
import { hasUnread, writtenOn } from '../visit/reading.ts';

/** What one destination has not received of one blob yet. */
export interface Unread {
  readonly destination: string;
  /** The unread bytes; for a compressed blob that is not read to its end, its whole length. */
  readonly bytes: number;
  /** The estimated age of the first unread byte. Milliseconds. */
  readonly ageMs: number;
  /** Whether this is an unfinished replay. */
  readonly replay: boolean;
}

/** Whether some cursor may have something to read, judging by the listings, so that the checkpoint must be loaded. */
export function mayBeUnread({ entry, checkpoint }: FoundBlob): boolean {
  if (entry.length === 0) return false;
  if (!checkpoint || checkpoint.createdOn !== entry.createdOn || entry.length > checkpoint.length)
    return true;
  const { offset, end, length, behindDue } = checkpoint;
  return behindDue !== undefined || offset < (end ?? length);
}

/** What each destination has not received of a blob yet. @param checkpoint the blob's checkpoint; undefined if it has none. */
export function unreadOf(
  { entry, isFollowed = false }: FoundBlob & { readonly isFollowed?: boolean },
  checkpoint: Checkpoint | undefined,
  destinations: readonly string[],
  now: number,
): readonly Unread[] {
  const known = checkpoint?.createdOn === entry.createdOn ? checkpoint : undefined;
  const age = (offset: number) => Math.max(0, now - writtenAt({ ...entry, isFollowed }, known, offset));
  if (!known) {
    return destinations.map((destination) => ({
      destination,
      bytes: entry.length,
      ageMs: age(0),
      replay: false,
    }));
  }
  const hasGrown = entry.length > known.length;
  return destinations.flatMap((destination): Unread[] => {
    const found: Unread[] = [];
    const own = known.destinations[destination];
    // A destination that was added after the blob was closed need not receive it.
    const cursor = own ?? (known.closed && !hasGrown ? undefined : { offset: 0 });
    if (cursor && (hasGrown || hasUnread(known, cursor, false))) {
      const bytes = known.format === 'lines' ? Math.max(0, entry.length - cursor.offset) : entry.length;
      if (bytes > 0) found.push({ destination, bytes, ageMs: age(cursor.offset), replay: false });
    }
    const again = known.replays[destination];
    if (again) {
      const bytes = known.format === 'lines' ? Math.max(0, again.to - again.offset) : entry.length;
      found.push({ destination, bytes, ageMs: 0, replay: true });
    }
    return found;
  });
}

/**
 * Estimates when the byte at `offset` was written, ms since the epoch.
 *
 * For bytes that a consumer has seen, it interpolates between the blob's creation and the last growth that was seen. For later bytes, it
 * takes the time of the last write, or the time when a consumer should have visited the blob, whichever is earlier.
 */
function writtenAt(
  { createdOn, lastModified, isFollowed }: FoundBlob['entry'] & { readonly isFollowed: boolean },
  checkpoint: Checkpoint | undefined,
  offset: number,
): number {
  if (!checkpoint) return createdOn;
  const { length, next } = checkpoint;
  // A follower looks without saying so: it has seen no more bytes until a moment ago.
  if (offset >= length && isFollowed) return lastModified;
  if (offset >= length) return Math.min(lastModified, next?.due ?? lastModified);
  return writtenOn(checkpoint, offset);
}

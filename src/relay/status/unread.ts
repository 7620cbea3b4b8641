/** How many bytes of a blob each destination has not got yet. */
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import type { FoundBlob } from '../discovery/found-blobs.ts';
import { hasUnread } from '../visit/reading.ts';

/** What one destination has still to get of one blob. */
export interface Unread {
  readonly destination: string;
  /** Bytes; the whole length of a compressed blob that is not read to its end. */
  readonly bytes: number;
  /** Age of the first of those bytes, in milliseconds: an estimate. */
  readonly ageMs: number;
  /** It is a replay that is not done yet. */
  readonly replay: boolean;
}

/** Whether, by two listings, some cursor may have something to read: then the checkpoint has to be loaded. */
export function mayBeUnread({ entry, checkpoint }: FoundBlob): boolean {
  if (entry.length === 0) return false;
  if (!checkpoint || checkpoint.createdOn !== entry.createdOn || entry.length > checkpoint.length)
    return true;
  const { offset, end, length, behindDue } = checkpoint;
  return behindDue !== undefined || offset < (end ?? length);
}

/** What each destination has still to get of a blob. `checkpoint` is the blob's own, undefined when it has none. */
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
    // A destination that is newer than a closed blob is not owed it.
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
 * About when the byte at `offset` was written, ms since the epoch.
 *
 * Bytes that a consumer has seen: in proportion, between the blob's creation and its last growth that was seen. Bytes beyond:
 * when the blob was last written, or when a consumer should have looked, whichever is earlier.
 */
function writtenAt(
  { createdOn, lastModified, isFollowed }: FoundBlob['entry'] & { readonly isFollowed: boolean },
  checkpoint: Checkpoint | undefined,
  offset: number,
): number {
  if (!checkpoint) return createdOn;
  const { length, grownOn, next } = checkpoint;
  // A follower looks without saying so: it has seen no more bytes until a moment ago.
  if (offset >= length && isFollowed) return lastModified;
  if (offset >= length) return Math.min(lastModified, next?.due ?? lastModified);
  return createdOn + Math.max(0, grownOn - createdOn) * (offset / length);
}

/** The names of cursors: those of destinations, and those of replays to them. */

/** No destination's name has a tilde, and a blob's name may: claims are named after cursors. */
const REPLAY = '~replay';

/**
 * The name of the cursor that reads a blob once more for a destination. It lies beside the destination's own cursor, which
 * stays where it is.
 */
export function replayCursor(destination: string): string {
  return destination + REPLAY;
}

export function isReplay(cursor: string): boolean {
  return cursor.endsWith(REPLAY);
}

/** The destination that a cursor reads for. */
export function destinationOf(cursor: string): string {
  return isReplay(cursor) ? cursor.slice(0, -REPLAY.length) : cursor;
}

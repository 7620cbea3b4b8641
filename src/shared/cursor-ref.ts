/** Identifies a cursor of a blob: the ordinary cursor of a destination, or the cursor of a replay to it. */

/** A destination has one ordinary cursor in each blob, and in addition at most one replay. */
export interface CursorRef {
  readonly destination: string;
  readonly replay: boolean;
}

/** The fields that identify a cursor in the log. */
export function logFieldsOf(cursor: CursorRef | undefined): {
  readonly destination?: string;
  readonly replay?: true;
} {
  if (!cursor) return {};
  return { destination: cursor.destination, ...(cursor.replay && { replay: true }) };
}

/** A string that identifies a cursor among those of its blob. */
export function cursorKey({ destination, replay }: CursorRef): string {
  return replay ? `replay/${destination}` : destination;
}

/** The suffix of a replay's stored name. Destination names cannot contain a tilde. */
const REPLAY = '~replay';

/** A cursor's name in stored data: checkpoints, tasks on the queue, names of claims. */
export function storedName({ destination, replay }: CursorRef): string {
  return replay ? destination + REPLAY : destination;
}

/** The cursor with a {@link storedName}. */
export function cursorNamed(name: string): CursorRef {
  return name.endsWith(REPLAY)
    ? { destination: name.slice(0, -REPLAY.length), replay: true }
    : { destination: name, replay: false };
}

/** Refers to one cursor of a blob: a destination's ordinary one, or that of a replay to it. */

/** A destination has one ordinary cursor in each blob, and beside it at most one replay. */
export interface CursorRef {
  readonly destination: string;
  readonly replay: boolean;
}

/** The fields that name a cursor in the log. */
export function logFieldsOf(cursor: CursorRef | undefined): {
  readonly destination?: string;
  readonly replay?: true;
} {
  if (!cursor) return {};
  return { destination: cursor.destination, ...(cursor.replay && { replay: true }) };
}

/** A string that no other cursor of the same blob has. */
export function cursorKey({ destination, replay }: CursorRef): string {
  return replay ? `replay/${destination}` : destination;
}

/** No destination's name has a tilde. */
const REPLAY = '~replay';

/** The name that a cursor has in what is stored: checkpoints, tasks on the queue, the names of claims. */
export function storedName({ destination, replay }: CursorRef): string {
  return replay ? destination + REPLAY : destination;
}

/** The cursor that {@link storedName} names. */
export function cursorNamed(name: string): CursorRef {
  return name.endsWith(REPLAY)
    ? { destination: name.slice(0, -REPLAY.length), replay: true }
    : { destination: name, replay: false };
}

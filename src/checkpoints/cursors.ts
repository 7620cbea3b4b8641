/** Reads and changes the cursors of a checkpoint, both ordinary cursors and replays. */
import type { CursorRef } from '../shared/cursor-ref.ts';
import type { Checkpoint, Cursor, ReplayCursor } from './checkpoint.ts';

/** A change to a cursor that applies to ordinary cursors and to replays. */
export type CursorChange = (cursor: Cursor) => Cursor;

export function cursorAt(
  { destinations, replays }: Pick<Checkpoint, 'destinations' | 'replays'>,
  { destination, replay }: CursorRef,
): Cursor | ReplayCursor | undefined {
  return replay ? replays[destination] : destinations[destination];
}

/** All cursors of a checkpoint, the ordinary ones first. */
export function cursorsOf({ destinations, replays }: Pick<Checkpoint, 'destinations' | 'replays'>): readonly {
  readonly ref: CursorRef;
  readonly cursor: Cursor | ReplayCursor;
}[] {
  const listed = (cursors: Readonly<Record<string, Cursor>>, replay: boolean) =>
    Object.entries(cursors).map(([destination, cursor]) => ({ ref: { destination, replay }, cursor }));
  return [...listed(destinations, false), ...listed(replays, true)];
}

/**
 * Changes one cursor. A missing ordinary cursor begins at 0. A missing replay has ended, and stays missing.
 */
export function changeCursor(checkpoint: Checkpoint, ref: CursorRef, change: CursorChange): Checkpoint {
  const { destination } = ref;
  if (!ref.replay) {
    const cursor = checkpoint.destinations[destination] ?? { offset: 0 };
    return {
      ...checkpoint,
      destinations: { ...checkpoint.destinations, [destination]: change(cursor) },
    };
  }
  const replay = checkpoint.replays[destination];
  if (!replay) return checkpoint;
  const changed = { ...change(replay), to: replay.to };
  return { ...checkpoint, replays: { ...checkpoint.replays, [destination]: changed } };
}

export function changeCursors(checkpoint: Checkpoint, change: CursorChange): Checkpoint {
  return cursorsOf(checkpoint).reduce((changed, { ref }) => changeCursor(changed, ref, change), checkpoint);
}

/** Reduces a checkpoint to the cursors of some destinations. */
export function onlyOf(checkpoint: Checkpoint, isWanted: (destination: string) => boolean): Checkpoint {
  const wanted = <C>(cursors: Readonly<Record<string, C>>): Record<string, C> =>
    Object.fromEntries(Object.entries(cursors).filter(([destination]) => isWanted(destination)));
  return {
    ...checkpoint,
    destinations: wanted(checkpoint.destinations),
    replays: wanted(checkpoint.replays),
  };
}

/** Removes a replay that has ended. */
export function withoutReplay(checkpoint: Checkpoint, destination: string): Checkpoint {
  const { [destination]: _, ...replays } = checkpoint.replays;
  return { ...checkpoint, replays };
}

/** Destinations that were renamed in relay.yaml (`was`): what is stored under the old names is read under the new ones. */
import type { Checkpoint, Cursor } from './checkpoint.ts';
import { destinationOf, isReplay, replayCursor } from './cursor-name.ts';
import type { CheckpointStore, StoredCheckpoint } from './port.ts';

/** The new name of each old one. */
export type FormerNames = ReadonlyMap<string, string>;

/** The name that a cursor has today. */
export function currentCursor(cursor: string, former: FormerNames): string {
  const name = former.get(destinationOf(cursor));
  if (name === undefined) return cursor;
  return isReplay(cursor) ? replayCursor(name) : name;
}

/**
 * The checkpoint with the cursors of old names under the new ones. A new name that has a cursor already keeps it: it has read since.
 * Where several old names had one, that which is least far counts, so that no row is passed over.
 */
export function underCurrentNames(checkpoint: Checkpoint, former: FormerNames): Checkpoint {
  const names = Object.keys(checkpoint.destinations);
  if (!names.some((name) => former.has(destinationOf(name)))) return checkpoint;
  const destinations: Record<string, Cursor> = {};
  const taken: Record<string, Cursor> = {};
  for (const [name, cursor] of Object.entries(checkpoint.destinations)) {
    const current = currentCursor(name, former);
    if (current === name) destinations[name] = cursor;
    else if (!taken[current] || cursor.offset < taken[current].offset) taken[current] = cursor;
  }
  return { ...checkpoint, destinations: { ...taken, ...destinations } };
}

/** Reads every checkpoint under the current names; the first write of a checkpoint stores it so. */
export function withFormerNames(store: CheckpointStore, former: FormerNames): CheckpointStore {
  if (former.size === 0) return store;
  return {
    ...store,
    async load(ref, signal): Promise<StoredCheckpoint | undefined> {
      const stored = await store.load(ref, signal);
      return stored && { ...stored, checkpoint: underCurrentNames(stored.checkpoint, former) };
    },
  };
}

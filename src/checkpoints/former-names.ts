/** Translates the old names of renamed destinations (`was`) in checkpoints to the new ones. */
import type { Checkpoint, Cursor } from './checkpoint.ts';
import type { CheckpointStore, StoredCheckpoint } from './port.ts';

/** The current name for each former name. */
export type FormerNames = ReadonlyMap<string, string>;

/** The current name of a destination. */
export function currentName(destination: string, former: FormerNames): string {
  return former.get(destination) ?? destination;
}

/**
 * Moves the cursors of old names to the new ones. If the new name has a cursor already, it stays, because the destination has read since
 * it was renamed. If several old names have one, the cursor with the lowest offset is taken, so that no row is skipped.
 */
export function underCurrentNames(checkpoint: Checkpoint, former: FormerNames): Checkpoint {
  const { destinations, replays } = checkpoint;
  const names = [...Object.keys(destinations), ...Object.keys(replays)];
  if (!names.some((name) => former.has(name))) return checkpoint;
  return {
    ...checkpoint,
    destinations: renamed(destinations, former),
    replays: renamed(replays, former),
  };
}

function renamed<C extends Cursor>(
  cursors: Readonly<Record<string, C>>,
  former: FormerNames,
): Record<string, C> {
  const kept: Record<string, C> = {};
  const taken: Record<string, C> = {};
  for (const [name, cursor] of Object.entries(cursors)) {
    const current = currentName(name, former);
    if (current === name) kept[name] = cursor;
    else if (!taken[current] || cursor.offset < taken[current].offset) taken[current] = cursor;
  }
  return { ...taken, ...kept };
}

/** Wraps a store so that checkpoints are read with the current names; the first write of a checkpoint stores them. */
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

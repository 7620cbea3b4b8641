/** Destinations that were renamed in relay.yaml (`was`): what is stored under the old names is read under the new ones. */
import type { Checkpoint, Cursor } from './checkpoint.ts';
import type { CheckpointStore, StoredCheckpoint } from './port.ts';

/** The new name of each old one. */
export type FormerNames = ReadonlyMap<string, string>;

/** The name that a destination has today. */
export function currentName(destination: string, former: FormerNames): string {
  return former.get(destination) ?? destination;
}

/**
 * The checkpoint with the cursors of old names under the new ones. A new name that has a cursor already keeps it: it has read since.
 * Where several old names had one, that which is least far counts, so that no row is passed over.
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

/** Lists blobs, each with what is known of how far it was read. */
import type { BlobEntry } from '../../blobs/port.ts';
import type { CheckpointSummary } from '../../checkpoints/summary.ts';
import type { RelayDeps } from '../source/deps.ts';

/** A source blob, and what is known of how far it was read. */
export interface FoundBlob {
  readonly entry: BlobEntry;
  readonly checkpoint: CheckpointSummary | undefined;
}

/** Which blobs of a container. */
export interface BlobSelection {
  readonly container: string;
  /** They are listed by this prefix, and their checkpoints too. */
  readonly prefix: string;
  /** The others under the prefix are left out. */
  readonly isWanted: (name: string) => boolean;
}

/**
 * Checkpoints up to this number are looked at one by one: Azure bills a listing like a dozen looks, and reading a page of a listing
 * takes longer than so many answers.
 */
const FEW = 8;

/**
 * The blobs of a selection, each with its checkpoint. Where they are many, both listings come in the same order and are merged; then
 * the few names that are too long for a checkpoint's may come without theirs, and their visit finds out.
 */
export async function* withCheckpoints(
  { blobs, checkpoints }: Pick<RelayDeps, 'blobs' | 'checkpoints'>,
  { container, prefix, isWanted }: BlobSelection,
  signal?: AbortSignal,
): AsyncGenerator<FoundBlob> {
  const few: BlobEntry[] = [];
  const listed = inOrder(checkpoints.list(container, prefix, signal));
  let areMany = false;
  try {
    for await (const entry of blobs.list(container, prefix, signal)) {
      if (!isWanted(entry.ref.name)) continue;
      if (!areMany) few.push(entry);
      if (few.length <= FEW && !areMany) continue;
      areMany = true;
      for (const one of few.length > 0 ? few.splice(0) : [entry]) {
        yield { entry: one, checkpoint: await listed.of(one.ref.name) };
      }
    }
    for (const entry of few) yield { entry, checkpoint: await checkpoints.look(entry.ref, signal) };
  } finally {
    await listed.end();
  }
}

/** Finds checkpoints in a listing, if asked for names in the listing's order. Nothing is requested before the first is asked for. */
function inOrder(listing: AsyncIterable<CheckpointSummary>) {
  let iterator: AsyncIterator<CheckpointSummary> | undefined;
  let next: CheckpointSummary | undefined;
  const advance = async () => {
    iterator ??= listing[Symbol.asyncIterator]();
    const result = await iterator.next();
    next = result.done ? undefined : result.value;
  };
  return {
    async of(name: string): Promise<CheckpointSummary | undefined> {
      if (!iterator) await advance();
      while (next && next.name < name) await advance();
      return next?.name === name ? next : undefined;
    },
    async end(): Promise<void> {
      await iterator?.return?.();
    },
  };
}

/** Lists blobs, each with the summary of its checkpoint. */
import type { BlobEntry } from '../../blobs/port.ts';
import type { CheckpointSummary } from '../../checkpoints/summary.ts';
import type { RelayDeps } from '../source/deps.ts';

/** A source blob, and the summary of its checkpoint. */
export interface FoundBlob {
  readonly entry: BlobEntry;
  readonly checkpoint: CheckpointSummary | undefined;
}

/** Selects blobs of a container. */
export interface BlobSelection {
  readonly container: string;
  /** The prefix by which the blobs, and their checkpoints, are listed. */
  readonly prefix: string;
  /** Whether a blob under the prefix is wanted; the others are left out. */
  readonly isWanted: (name: string) => boolean;
}

/**
 * Up to this number, checkpoints are requested one by one: Azure bills a listing like a dozen such requests, and reading a page of a
 * listing takes longer than so many responses.
 */
const FEW = 8;

/**
 * The blobs of a selection, each with its checkpoint. If there are many, the listings of blobs and checkpoints, which have the same order,
 * are merged. A blob whose name is too long for a checkpoint's name may then come without its checkpoint; its visit loads it anyway.
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

/** Finds checkpoints in a listing. Names must be asked for in the listing's order. The listing begins with the first question. */
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

/** Lists blobs and checkpoints under a prefix in pairs, including blobs without a checkpoint and checkpoints without a blob. */
import type { BlobEntry, BlobStore } from '../../blobs/port.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import type { CheckpointSummary } from '../../checkpoints/summary.ts';
import { codeOf } from '../../shared/errors.ts';

export interface Listed {
  readonly name: string;
  readonly entry: BlobEntry | undefined;
  /** If `entry` is undefined, the blob may exist nevertheless: a name that is too long for a checkpoint's name sorts elsewhere. Check the blob before reporting it as gone. */
  readonly checkpoint: CheckpointSummary | undefined;
}

/** Merges both listings, which have the same order. A container that does not exist counts as empty. Memory holds a page of each listing. */
export async function* bothListings(
  { blobs, checkpoints }: { readonly blobs: BlobStore; readonly checkpoints: CheckpointStore },
  container: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<Listed> {
  const entries = present(blobs.list(container, prefix, signal));
  const summaries = checkpoints.list(container, prefix, signal)[Symbol.asyncIterator]();
  try {
    let [entry, checkpoint] = await Promise.all([following(entries), following(summaries)]);
    while (entry || checkpoint) {
      const blobName = entry?.ref.name;
      const name =
        checkpoint && (blobName === undefined || checkpoint.name < blobName) ? checkpoint.name : blobName;
      if (name === undefined) return;
      const hasEntry = blobName === name;
      const hasCheckpoint = checkpoint?.name === name;
      yield {
        name,
        entry: hasEntry ? entry : undefined,
        checkpoint: hasCheckpoint ? checkpoint : undefined,
      };
      [entry, checkpoint] = [
        hasEntry ? await following(entries) : entry,
        hasCheckpoint ? await following(summaries) : checkpoint,
      ];
    }
  } finally {
    await Promise.all([entries.return(undefined), summaries.return?.()]);
  }
}

async function following<T>(iterator: AsyncIterator<T>): Promise<T | undefined> {
  const next = await iterator.next();
  return next.done ? undefined : next.value;
}

async function* present(entries: AsyncIterable<BlobEntry>): AsyncGenerator<BlobEntry> {
  try {
    yield* entries;
  } catch (error) {
    if (codeOf(error) !== 'blob_gone') throw error;
  }
}

/** Presents a blob's checkpoint as a shared document, which several consumers write. */
import type { BlobRef } from '../shared/blob-ref.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointStore } from './port.ts';
import type { SharedDocument } from './update-document.ts';

export function sharedCheckpoint(
  checkpoints: Pick<CheckpointStore, 'load' | 'save'>,
  ref: BlobRef,
  signal?: AbortSignal,
): SharedDocument<Checkpoint> {
  return {
    async load() {
      const stored = await checkpoints.load(ref, signal);
      return { value: stored?.checkpoint, etag: stored?.etag };
    },
    save: (checkpoint, etag) => checkpoints.save(ref, checkpoint, etag),
  };
}

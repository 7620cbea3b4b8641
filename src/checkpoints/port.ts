import type { BlobRef } from '../shared/blob-ref.ts';
import type { Checkpoint } from './checkpoint.ts';

/** A checkpoint as it was read, with what a later write must match. */
export interface StoredCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly etag: string;
}

/** Where checkpoints and claims live. Throws {@link CheckpointError}. */
export interface CheckpointStore {
  /** Creates the container where it does not exist. */
  ensure(): Promise<void>;
  load(ref: BlobRef, signal?: AbortSignal): Promise<StoredCheckpoint | undefined>;
  /**
   * Writes with `If-Match: etag`, or `If-None-Match: *` when `etag` is undefined, and returns the new ETag.
   * Throws `checkpoint_conflict` when somebody else wrote meanwhile: load again and merge.
   */
  save(ref: BlobRef, checkpoint: Checkpoint, etag: string | undefined): Promise<string>;
  /**
   * Claims the blob for one reader: the blob's main reader (`lane` undefined), or one destination that reads on its own.
   * Undefined while another consumer holds it. The claim runs out by itself after {@link Claim.durationMs} unless renewed.
   */
  claim(ref: BlobRef, lane?: string): Promise<Claim | undefined>;
}

/** A claim in this consumer's hands. */
export interface Claim {
  /** Milliseconds it lasts from the moment its request was sent. */
  readonly durationMs: number;
  /** Throws `claim_lost` when it is no longer ours. */
  renew(): Promise<void>;
  /** Gives it up at once. Never throws: it runs out by itself otherwise. */
  release(): Promise<void>;
}

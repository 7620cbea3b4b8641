/** The port to checkpoints and claims. */
import type { BlobRef } from '../shared/blob-ref.ts';
import type { CursorRef } from '../shared/cursor-ref.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointSummary } from './summary.ts';

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
  /** What a listing would show of it, without reading it; undefined where there is none, or one that is not ours. */
  look(ref: BlobRef, signal?: AbortSignal): Promise<CheckpointSummary | undefined>;
  /**
   * Writes with `If-Match: etag`, or `If-None-Match: *` when `etag` is undefined, and returns the new ETag.
   * Throws `checkpoint_conflict` when somebody else wrote meanwhile: load again and merge.
   */
  save(ref: BlobRef, checkpoint: Checkpoint, etag: string | undefined): Promise<string>;
  /**
   * Claims the blob for one reader: the blob's main reader (`cursor` undefined), or one cursor that reads on its own.
   * Undefined while another consumer holds it. The claim runs out by itself after {@link Claim.durationMs} unless renewed.
   */
  claim(ref: BlobRef, cursor?: CursorRef): Promise<Claim | undefined>;
  /**
   * Forgets the blob: its checkpoint, and its claims that nobody holds. With `etag`, throws `checkpoint_conflict`
   * when somebody else wrote meanwhile.
   */
  remove(ref: BlobRef, etag?: string): Promise<void>;
  /**
   * The checkpoints of the source container's blobs whose names begin with `prefix`, in the service's order, a page
   * at a time in memory and without reading them. Checkpoints that are not ours are left out.
   */
  list(container: string, prefix: string, signal?: AbortSignal): AsyncIterable<CheckpointSummary>;
  /**
   * The claims that are held at this moment on the source container's blobs whose names begin with `prefix`: the blob's name as
   * far as a name can show it, a cursor's own with `@` and the cursor's name behind it.
   */
  listClaims(container: string, prefix: string, signal?: AbortSignal): AsyncIterable<string>;
}

/** A claim in this consumer's hands. */
export interface Claim {
  /** Milliseconds it lasts from the moment its request was sent. */
  readonly durationMs: number;
  /** Throws `claim_lost` when it is no longer ours. */
  renew(): Promise<void>;
  /** Gives it up immediately. Never throws: otherwise it expires by itself. */
  release(): Promise<void>;
}

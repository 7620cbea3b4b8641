/** The port to checkpoints and claims. */
import type { BlobRef } from '../shared/blob-ref.ts';
import type { CursorRef } from '../shared/cursor-ref.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointSummary } from './summary.ts';

/** A checkpoint, with the ETag that a later write must match. */
export interface StoredCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly etag: string;
}

/** The port to checkpoints and claims. Its methods throw {@link CheckpointError}. */
export interface CheckpointStore {
  /** Creates the container if it does not exist. */
  ensure(): Promise<void>;
  load(ref: BlobRef, signal?: AbortSignal): Promise<StoredCheckpoint | undefined>;
  /** The summary that a listing would show, without reading the checkpoint; undefined if there is none, or if it is not the relay's. */
  look(ref: BlobRef, signal?: AbortSignal): Promise<CheckpointSummary | undefined>;
  /**
   * Writes with `If-Match: etag`, or `If-None-Match: *` if `etag` is undefined, and returns the new ETag.
   * Throws `checkpoint_conflict` if another consumer wrote meanwhile: the caller must load again and merge.
   */
  save(ref: BlobRef, checkpoint: Checkpoint, etag: string | undefined): Promise<string>;
  /**
   * Claims the blob for a common visit (`cursor` undefined), or for one cursor that reads alone. Undefined while another consumer holds
   * the claim. The claim expires after {@link Claim.durationMs} unless renewed.
   */
  claim(ref: BlobRef, cursor?: CursorRef): Promise<Claim | undefined>;
  /**
   * Removes the checkpoint of a blob, and the claims on it that no consumer holds. With `etag`, throws `checkpoint_conflict` if another
   * consumer wrote meanwhile.
   */
  remove(ref: BlobRef, etag?: string): Promise<void>;
  /**
   * Lists the checkpoints of the source container's blobs whose names begin with `prefix`, in the service's order, without reading them
   * and with one page at a time in memory. Blobs that are not checkpoints of the relay are left out.
   */
  list(container: string, prefix: string, signal?: AbortSignal): AsyncIterable<CheckpointSummary>;
  /**
   * Lists the claims that are held now on the source container's blobs whose names begin with `prefix`: the blob's name, unless it had
   * to be hashed, and for a claim on one cursor `@` and the cursor's name.
   */
  listClaims(container: string, prefix: string, signal?: AbortSignal): AsyncIterable<string>;
}

/** A claim that this consumer holds. */
export interface Claim {
  /** How long the claim lasts from the moment when its request was sent. Milliseconds. */
  readonly durationMs: number;
  /** Renews the claim. Throws `claim_lost` if this consumer no longer holds it. */
  renew(): Promise<void>;
  /** Releases the claim. Never throws: a claim that cannot be released expires by itself. */
  release(): Promise<void>;
}

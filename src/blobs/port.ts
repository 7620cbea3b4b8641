/** The port through which blobs are read and listed. */
import type { BlobRef } from '../shared/blob-ref.ts';

/** What the service reports about a blob, without its content. */
export interface BlobStat {
  /** Length in bytes. */
  readonly length: number;
  /** Creation time, milliseconds since the epoch: with the name, a blob's identity. */
  readonly createdOn: number;
  readonly lastModified: number;
  /** When the service deletes it by itself (`x-ms-expiry-time`, hierarchical namespaces only), ms since the epoch. */
  readonly expiresOn?: number;
  /** When the service said so, by its own clock, which `lastModified` is from; absent in listings. Milliseconds since the epoch. */
  readonly asOf?: number;
  /** Changes with every write. For telling that something changed; never sent back (see {@link BlobStore}). */
  readonly etag: string;
  /** Append blobs grow; block blobs are written whole. */
  readonly type: 'append' | 'block' | 'page';
  /** In the archive tier, or being brought back from it, which takes hours: its content cannot be read. */
  readonly isArchived?: boolean;
}

/** One entry of a listing. */
export interface BlobEntry extends BlobStat {
  readonly ref: BlobRef;
}

/** The bytes [start, end) of a blob. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
  /** The blob's creation time, where it is known already. */
  readonly createdOn?: number | undefined;
}

/**
 * Read access to the source account. Throws {@link BlobError}.
 *
 * No call sends `If-Match` with a stored ETag: each append changes a growing blob's ETag.
 */
export interface BlobStore {
  /** The account's name, the only one `BlobRef.account` may have. */
  readonly account: string;
  /** Undefined when the blob is gone. */
  stat(ref: BlobRef, signal?: AbortSignal): Promise<BlobStat | undefined>;
  /**
   * The bytes of a range, in pieces of at most a few MiB. Ends early without an error when the blob is shorter.
   *
   * All bytes are of one blob: `blob_replaced` when its creation time is not `createdOn`, or changes while reading, or
   * when a blob that is written whole is written again meanwhile.
   */
  read(ref: BlobRef, range: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Names of the containers that begin with `prefix`. */
  containers(prefix: string, signal?: AbortSignal): AsyncIterable<string>;
  /** Blobs of a container whose names begin with `prefix`, in the service's order, a page at a time in memory. */
  list(container: string, prefix: string, signal?: AbortSignal): AsyncIterable<BlobEntry>;
  /**
   * The names directly under `prefix` up to the next `/`, that slash included: `tenantId=...\/`.
   */
  folders(container: string, prefix: string, signal?: AbortSignal): AsyncIterable<string>;
}

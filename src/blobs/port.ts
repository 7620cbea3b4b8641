/** The port through which blobs are read and listed. */
import type { BlobRef } from '../shared/blob-ref.ts';

/** What the service reports about a blob, without its content. */
export interface BlobStat {
  /** Length in bytes. */
  readonly length: number;
  /** The creation time, in milliseconds since the epoch. Name and creation time together identify a blob. */
  readonly createdOn: number;
  readonly lastModified: number;
  /** When the service deletes the blob (`x-ms-expiry-time`, hierarchical namespaces only), ms since the epoch. */
  readonly expiresOn?: number;
  /** The time of the response by the service's clock, which also sets `lastModified`; absent in listings. Milliseconds since the epoch. */
  readonly asOf?: number;
  /** Changes with every write. Used only to notice changes, never sent back (see {@link BlobStore}). */
  readonly etag: string;
  /** Append blobs grow; block blobs are written as a whole. */
  readonly type: 'append' | 'block' | 'page';
  /** Whether the blob is in the archive tier, or being rehydrated from it, which takes hours: its content cannot be read. */
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
  /** The blob's creation time, if it is known. */
  readonly createdOn?: number | undefined;
  /** Whether a piece is not read any more once the next one is asked for: its memory may serve again then. */
  readonly isPassing?: boolean | undefined;
}

/** Bytes of an append blob that were read before anybody asked for them. */
export interface Ahead {
  readonly ref: BlobRef;
  readonly createdOn: number;
  /** The offset of the first of them. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** What a look at a blob found. */
export interface Peeked {
  readonly stat: BlobStat;
  /** Absent where a reader must ask for the bytes. */
  readonly ahead?: Ahead;
}

/** How many bytes a look reads at most. */
export const PEEK_BYTES = 262_144;

/**
 * Read access to the source account. Throws {@link BlobError}.
 *
 * No call sends `If-Match` with a stored ETag: each append changes a growing blob's ETag.
 */
export interface BlobStore {
  /** The account's name, the only one `BlobRef.account` may have. */
  readonly account: string;
  /** Undefined if the blob does not exist. */
  stat(ref: BlobRef, signal?: AbortSignal): Promise<BlobStat | undefined>;
  /**
   * As `stat`, with the bytes from an offset on, at most {@link PEEK_BYTES}, in the same request: for an append blob that has probably
   * grown. The bytes may be fewer than the length says.
   */
  peek(ref: BlobRef, from: number, signal?: AbortSignal): Promise<Peeked | undefined>;
  /**
   * The bytes of a range, in pieces of at most a few MiB. Ends early, without an error, if the blob is shorter.
   *
   * All bytes are from one version of the blob. Throws `blob_replaced` if the creation time is not `createdOn` or changes during the
   * read, or if a block blob is written again meanwhile.
   */
  read(ref: BlobRef, range: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Names of the containers that begin with `prefix`. */
  containers(prefix: string, signal?: AbortSignal): AsyncIterable<string>;
  /** Lists the blobs of a container whose names begin with `prefix`, in the service's order, with one page at a time in memory. */
  list(container: string, prefix: string, signal?: AbortSignal): AsyncIterable<BlobEntry>;
  /**
   * The names directly under `prefix` up to the next `/`, that slash included: `tenantId=...\/`.
   */
  folders(container: string, prefix: string, signal?: AbortSignal): AsyncIterable<string>;
}

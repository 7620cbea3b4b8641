/** Reads, writes and deletes small blobs as a whole, guarded by their ETags; creates containers. */
import type { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { withDeadline } from '../shared/deadline.ts';
import { bodyOf } from './body.ts';
import { storageFailure } from './failure.ts';

/** A blob that is read and written whole. */
export interface SmallBlob {
  readonly content: Buffer;
  readonly etag: string;
}

/** A blob is longer than its reader takes. */
export class BlobTooLargeError extends Error {}

/**
 * The whole blob; undefined when there is none. Throws {@link BlobTooLargeError} beyond `limit` bytes, else what
 * the SDK throws: a missing container, too.
 */
export async function readSmallBlob(
  client: BlockBlobClient,
  limit: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<SmallBlob | undefined> {
  try {
    return await withDeadline(timeoutMs, signal, async (within) => {
      const reply = await client.download(0, undefined, { abortSignal: within, maxRetryRequests: 0 });
      const body = bodyOf(reply);
      if (!body || (reply.contentLength ?? 0) > limit) {
        body?.destroy();
        throw new BlobTooLargeError(`${reply.contentLength} bytes are more than the ${limit} it may have`);
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return { content: Buffer.concat(chunks), etag: reply.etag ?? '' };
    });
  } catch (thrown) {
    signal?.throwIfAborted();
    if (storageFailure(thrown).code === 'BlobNotFound') return undefined;
    throw thrown;
  }
}

/** The blob's metadata, without its content; undefined when there is no blob. Throws what the SDK throws. */
export async function smallBlobMetadata(
  client: BlockBlobClient,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const reply = await withDeadline(timeoutMs, signal, (within) =>
      client.getProperties({ abortSignal: within }),
    );
    return reply.metadata ?? {};
  } catch (thrown) {
    signal?.throwIfAborted();
    if (storageFailure(thrown).code === 'BlobNotFound') return undefined;
    throw thrown;
  }
}

/** What a small blob is written with. */
export interface SmallBlobOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** `If-Match` this ETag; `undefined`: `If-None-Match: *`; `'any'`: whatever is there. */
  readonly etag: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Writes JSON whole and returns the new ETag; undefined when the condition does not hold.
 * Throws what the SDK throws.
 */
export async function writeSmallBlob(
  client: BlockBlobClient,
  content: Buffer,
  { metadata, etag, timeoutMs }: SmallBlobOptions,
): Promise<string | undefined> {
  const conditions = etag === 'any' ? {} : etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag };
  try {
    const reply = await withDeadline(timeoutMs, undefined, (within) =>
      client.upload(content, content.length, {
        abortSignal: within,
        conditions,
        blobHTTPHeaders: { blobContentType: 'application/json' },
        ...(metadata && { metadata }),
      }),
    );
    return reply.etag ?? '';
  } catch (thrown) {
    if (isConflict(thrown)) return undefined;
    throw thrown;
  }
}

/**
 * Deletes the blob; false when `etag` no longer holds. A blob that is not there is deleted.
 * Throws what the SDK throws.
 */
export async function deleteSmallBlob(
  client: BlockBlobClient,
  etag: string | undefined,
  timeoutMs: number,
): Promise<boolean> {
  try {
    await withDeadline(timeoutMs, undefined, (within) =>
      client.delete({ abortSignal: within, ...(etag !== undefined && { conditions: { ifMatch: etag } }) }),
    );
    return true;
  } catch (thrown) {
    if (storageFailure(thrown).code === 'BlobNotFound') return true;
    if (isConflict(thrown)) return false;
    throw thrown;
  }
}

/** A condition on the ETag did not hold: changed (412), created (409) or deleted (404) meanwhile. */
function isConflict(thrown: unknown): boolean {
  const { code } = storageFailure(thrown);
  return code === 'ConditionNotMet' || code === 'BlobAlreadyExists' || code === 'BlobNotFound';
}

/** Creates the container where it is missing. Looks first: an identity may have the right to use it only. */
export async function ensureContainer(
  service: BlobServiceClient,
  name: string,
  timeoutMs: number,
): Promise<void> {
  const client = service.getContainerClient(name);
  await withDeadline(timeoutMs, undefined, async (abortSignal) => {
    if (!(await client.exists({ abortSignal }))) await client.createIfNotExists({ abortSignal });
  });
}

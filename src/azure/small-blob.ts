/** Reads, writes and deletes small blobs as a whole, guarded by their ETags; creates containers. */
import type { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { withDeadline } from '../shared/deadline.ts';
import { bodyOf } from './body.ts';
import { storageFailure } from './failure.ts';
import { sendPlain } from './pipeline.ts';
import { refusal } from './refusal.ts';

/** A blob that was read as a whole. */
export interface SmallBlob {
  readonly content: Buffer;
  readonly etag: string;
}

/** A blob is longer than the limit of its reader. */
export class BlobTooLargeError extends Error {
  readonly etag: string;

  constructor(message: string, etag: string) {
    super(message);
    this.etag = etag;
  }
}

/**
 * Reads a whole blob; undefined if it does not exist. Throws {@link BlobTooLargeError} if it is longer than `limit` bytes, and
 * the SDK's errors, also for a missing container.
 */
export async function readSmallBlob(
  client: BlockBlobClient,
  limit: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<SmallBlob | undefined> {
  try {
    return await withDeadline(timeoutMs, signal, async (within) => {
      const reply = await sendPlain(client, { method: 'GET', url: client.url }, within);
      if (reply.status !== 200) throw refusal(reply);
      const body = bodyOf(reply);
      // A proxy may pass a reply on without its length.
      const length = Number(reply.headers.get('content-length') ?? 0);
      const etag = reply.headers.get('etag');
      if (etag === undefined) {
        body?.destroy();
        throw new Error('the reply has no ETag');
      }
      const tooLarge = (bytes: number) =>
        new BlobTooLargeError(`${bytes} bytes are more than the ${limit} it may have`, etag);
      if (!body || length > limit) {
        body?.destroy();
        throw tooLarge(length);
      }
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > limit) throw tooLarge(bytes);
        chunks.push(chunk);
      }
      const content = Buffer.concat(chunks);
      if (content.length < length) throw new Error('the connection ended early');
      return { content, etag };
    });
  } catch (thrown) {
    signal?.throwIfAborted();
    if (storageFailure(thrown).code === 'BlobNotFound') return undefined;
    throw thrown;
  }
}

/**
 * Reads the first `bytes` of a blob whose ETag is still `etag`; undefined if it is not, or if there is no blob. Throws the SDK's errors.
 */
export async function readBeginning(
  client: BlockBlobClient,
  bytes: number,
  etag: string,
  timeoutMs: number,
): Promise<Buffer | undefined> {
  try {
    return await withDeadline(timeoutMs, undefined, async (abortSignal) => {
      // The storage refuses a range of an empty blob, so none is asked for.
      const reply = await client.download(0, undefined, {
        abortSignal,
        maxRetryRequests: 0,
        conditions: { ifMatch: etag },
      });
      const body = bodyOf(reply);
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of body ?? []) {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= bytes) break;
      }
      body?.destroy();
      return Buffer.concat(chunks).subarray(0, bytes);
    });
  } catch (thrown) {
    if (isConflict(thrown)) return undefined;
    throw thrown;
  }
}

/** Reads a blob's metadata without its content; undefined if the blob does not exist. Throws the SDK's errors. */
export async function smallBlobMetadata(
  client: BlockBlobClient,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const reply = await withDeadline(timeoutMs, signal, (within) =>
      sendPlain(client, { method: 'HEAD', url: client.url }, within),
    );
    if (reply.status !== 200) throw refusal(reply);
    return metadataIn(reply.headers);
  } catch (thrown) {
    signal?.throwIfAborted();
    if (storageFailure(thrown).code === 'BlobNotFound') return undefined;
    throw thrown;
  }
}

/** The names of metadata are in small letters here, however they were written. */
function metadataIn(headers: Iterable<[string, string]>): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower.startsWith(METADATA)) metadata[lower.slice(METADATA.length)] = value;
  }
  return metadata;
}

const METADATA = 'x-ms-meta-';

/** Options for writing a small blob. */
export interface SmallBlobOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** The condition: `If-Match` with this ETag; `undefined` for `If-None-Match: *`; `'any'` for no condition. */
  readonly etag: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Writes a whole blob and returns its new ETag; undefined if the condition does not hold. Throws the SDK's errors.
 */
export async function writeSmallBlob(
  client: BlockBlobClient,
  content: Buffer,
  { metadata, etag, timeoutMs }: SmallBlobOptions,
): Promise<string | undefined> {
  const condition =
    etag === 'any' ? {} : etag === undefined ? { 'if-none-match': '*' } : { 'if-match': etag };
  const named = Object.entries(metadata ?? {}).map(([name, value]) => [METADATA + name, value]);
  const headers = {
    'content-type': 'application/octet-stream',
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-blob-content-type': 'application/json',
    ...condition,
    ...Object.fromEntries(named),
  };
  try {
    const reply = await withDeadline(timeoutMs, undefined, (within) =>
      sendPlain(client, { method: 'PUT', url: client.url, headers, body: content }, within),
    );
    if (reply.status !== 201) throw refusal(reply);
    return reply.headers.get('etag') ?? '';
  } catch (thrown) {
    if (isConflict(thrown)) return undefined;
    throw thrown;
  }
}

/** What became of a blob that was to be deleted: `changed` if its ETag is no longer the one that was given, and then it is still there. */
export type Deletion = 'deleted' | 'missing' | 'changed';

/** Deletes a blob, if its ETag is still `etag`. Throws the SDK's errors. */
export async function deleteSmallBlob(
  client: BlockBlobClient,
  etag: string | undefined,
  timeoutMs: number,
): Promise<Deletion> {
  try {
    await withDeadline(timeoutMs, undefined, (within) =>
      client.delete({ abortSignal: within, ...(etag !== undefined && { conditions: { ifMatch: etag } }) }),
    );
    return 'deleted';
  } catch (thrown) {
    if (storageFailure(thrown).code === 'BlobNotFound') return 'missing';
    if (isConflict(thrown)) return 'changed';
    throw thrown;
  }
}

/** Whether a condition on the ETag failed: the blob was changed (412), created (409) or deleted (404) meanwhile. */
function isConflict(thrown: unknown): boolean {
  const { code } = storageFailure(thrown);
  return code === 'ConditionNotMet' || code === 'BlobAlreadyExists' || code === 'BlobNotFound';
}

/** Creates the container if it is missing. It checks first, because the identity may lack the permission to create containers. */
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

/** Reads and lists the blobs of a storage account through the Azure SDK. */
import type { Readable } from 'node:stream';
import type {
  BlobProperties,
  BlobServiceClient,
  BlockBlobClient,
  ContainerClient,
} from '@azure/storage-blob';
import { blobClientOf, isContainerName } from '../azure/blob-client.ts';
import { bodyOf } from '../azure/body.ts';
import { adviceOn, storageFailure } from '../azure/failure.ts';
import { blobItemsOf, PAGE_SIZE, pagesOf } from '../azure/pages.ts';
import { type BlobRef, blobPath } from '../shared/blob-ref.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { withDeadline } from '../shared/deadline.ts';
import { BlobError } from './errors.ts';
import type { BlobEntry, BlobStat, BlobStore, ByteRange } from './port.ts';

export interface AzureBlobStoreOptions {
  readonly clock?: Clock;
  /** How many bytes one request reads. Default 4 MiB. */
  readonly pieceBytes?: number;
  /** How long a request may wait for its response, and a body may stall. Milliseconds, default 30,000. */
  readonly timeoutMs?: number;
  /** How many consecutive times a read may fail without a byte of progress. Default 4. */
  readonly tries?: number;
}

/** Smaller chunks are combined up to this size. Bytes. */
const CHUNK = 32_768;

/** A storage account and the settings for reading it. */
interface Account {
  readonly service: BlobServiceClient;
  readonly account: string;
  readonly clock: Clock;
  readonly pieceBytes: number;
  readonly timeoutMs: number;
  readonly tries: number;
}

/** Makes a blob store that reads one storage account through the Azure SDK, in Node and in workerd. */
export function createAzureBlobStore(
  service: BlobServiceClient,
  account: string,
  options: AzureBlobStoreOptions = {},
): BlobStore {
  const { clock = systemClock, pieceBytes = 4 * 1_048_576, timeoutMs = 30_000, tries = 4 } = options;
  const source: Account = { service, account, clock, pieceBytes, timeoutMs, tries };
  return {
    account,
    stat: (ref, signal) => statBlob(source, ref, signal),
    read: (ref, range, signal) => readBlob(source, ref, range, signal),
    containers: (prefix, signal) => listContainers(source, prefix, signal),
    list: (container, prefix, signal) => listBlobs(source, container, prefix, signal),
    folders: (container, prefix, signal) => listFolders(source, container, prefix, signal),
  };
}

function clientOf({ service, account }: Account, ref: BlobRef): BlockBlobClient {
  if (ref.account !== account) {
    throw new BlobError('blob_forbidden', `${blobPath(ref)} is not of the account ${account}`);
  }
  const client = blobClientOf(service, ref.container, ref.name);
  if (client) return client;
  throw new BlobError('blob_gone', `No blob can have the name ${blobPath(ref)}`);
}

function containerOf({ service }: Account, name: string): ContainerClient {
  if (isContainerName(name)) return service.getContainerClient(name);
  throw new BlobError('blob_gone', `No container can have the name ${name}`);
}

async function statBlob(source: Account, ref: BlobRef, signal?: AbortSignal): Promise<BlobStat | undefined> {
  try {
    const client = clientOf(source, ref);
    const answer = await withDeadline(source.timeoutMs, signal, (within) =>
      client.getProperties({ abortSignal: within }),
    );
    return { ...statOf(answer), ...(answer.date && { asOf: answer.date.getTime() }) };
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = oneBlobError(`look at ${blobPath(ref)}`, thrown);
    if (error.code === 'blob_gone') return undefined;
    throw error;
  }
}

/** The progress of reading a blob, and the identity of the blob. */
interface Reading {
  readonly ref: BlobRef;
  readonly client: BlockBlobClient;
  readonly end: number;
  at: number;
  createdOn: number | undefined;
  /** The ETag of a block blob, which is written as a whole; undefined before the first response, and for an append blob. */
  version: string | undefined;
}

async function* readBlob(
  source: Account,
  ref: BlobRef,
  { start, end, createdOn }: ByteRange,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reading: Reading = {
    ref,
    client: clientOf(source, ref),
    end,
    at: start,
    createdOn,
    version: undefined,
  };
  let failures = 0;
  while (reading.at < end) {
    signal?.throwIfAborted();
    const from = reading.at;
    try {
      const isOver = yield* readPiece(source, reading, signal);
      if (isOver) return;
      failures = 0;
    } catch (thrown) {
      signal?.throwIfAborted();
      const error = oneBlobError(`read ${blobPath(ref)}`, thrown);
      failures = reading.at > from ? 1 : failures + 1;
      if (error.code !== 'storage_unavailable' || failures >= source.tries) throw error;
      await source.clock.sleep(100 * 2 ** failures, signal);
    }
  }
}

/** Reads the body of one request and advances `reading` with each chunk. Returns true if the blob ends in it. */
async function* readPiece(
  source: Account,
  reading: Reading,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, boolean> {
  const from = reading.at;
  const count = Math.min(source.pieceBytes, reading.end - from);
  const piece = await openPiece(source, reading, count, signal);
  if (!piece) return true;
  reading.createdOn ??= piece.createdOn;
  reading.version ??= piece.version;
  if (piece.createdOn !== reading.createdOn || piece.version !== reading.version) {
    piece.body.destroy();
    throw new BlobError('blob_replaced', `Another blob has the name ${blobPath(reading.ref)} now`);
  }
  for await (const chunk of flowing(piece.body, source.timeoutMs, signal)) {
    reading.at += chunk.length;
    yield chunk;
  }
  if (reading.at < from + piece.length) throw new Error('the connection ended early');
  return piece.length < count;
}

/** One range of a blob, as of the time of the response. */
interface Piece {
  readonly body: Readable;
  readonly length: number;
  readonly createdOn: number | undefined;
  readonly version: string | undefined;
}

/** Requests `count` bytes; undefined if the blob ends before them. */
async function openPiece(
  { timeoutMs }: Account,
  { ref, client, at }: Reading,
  count: number,
  signal: AbortSignal | undefined,
): Promise<Piece | undefined> {
  // The SDK would resume a broken body with If-Match on the first response's ETag, which an append changes.
  // `maxRetryRequests: 0` leaves resuming to `readBlob`.
  const reply = await withDeadline(timeoutMs, signal, (within) =>
    client.download(at, count, { abortSignal: within, maxRetryRequests: 0 }),
  ).catch((thrown: unknown) => {
    signal?.throwIfAborted();
    if (storageFailure(thrown).status === 416) return undefined;
    throw oneBlobError(`read ${blobPath(ref)}`, thrown);
  });
  const body = reply && bodyOf(reply);
  if (!reply || !body) return undefined;
  return {
    body,
    length: reply.contentLength ?? 0,
    createdOn: reply.createdOn?.getTime(),
    // An append changes the ETag but not the existing bytes, so the ETag of an append blob is not compared.
    version: reply.blobType === 'AppendBlob' ? undefined : reply.etag,
  };
}

async function* listContainers(
  { service }: Account,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const pages = service
    .listContainers({ prefix, ...(signal && { abortSignal: signal }) })
    .byPage({ maxPageSize: PAGE_SIZE });
  try {
    for await (const page of pagesOf(pages, signal)) {
      for (const item of page.containerItems) yield item.name;
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    throw blobError(`list containers ${prefix}*`, thrown);
  }
}

async function* listBlobs(
  source: Account,
  container: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<BlobEntry> {
  const { account } = source;
  const items = blobItemsOf(containerOf(source, container), { prefix }, signal);
  try {
    for await (const { name, properties } of items) {
      yield { ref: { account, container, name }, ...statOf(properties) };
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    throw blobError(`list ${container}/${prefix}*`, thrown);
  }
}

async function* listFolders(
  source: Account,
  container: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const pages = containerOf(source, container)
    .listBlobsByHierarchy('/', { prefix, ...(signal && { abortSignal: signal }) })
    .byPage({ maxPageSize: PAGE_SIZE });
  try {
    for await (const page of pagesOf(pages, signal)) {
      for (const folder of page.segment.blobPrefixes ?? []) yield folder.name;
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    throw blobError(`list ${container}/${prefix}`, thrown);
  }
}

/**
 * The chunks of a body, each of which must arrive within `idleMs`, not counting the caller's own time. Small chunks (workerd's have
 * 4 KiB) are combined. Chunks that arrived before an error are yielded before it is thrown.
 */
async function* flowing(body: Readable, idleMs: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  const taken = () => {
    const [first] = waiting;
    const all = first && waiting.length === 1 ? first : Buffer.concat(waiting, bytes);
    waiting = [];
    bytes = 0;
    return all;
  };
  try {
    for (;;) {
      const next = await withDeadline(idleMs, signal, () => chunks.next());
      if (next.done) break;
      waiting.push(next.value);
      bytes += next.value.length;
      if (bytes >= CHUNK) yield taken();
    }
    if (bytes > 0) yield taken();
  } catch (thrown) {
    if (bytes > 0 && !signal?.aborted) yield taken();
    throw thrown;
  } finally {
    body.destroy();
  }
}

type Properties = Pick<BlobProperties, 'contentLength' | 'createdOn' | 'blobType'> & {
  readonly accessTier?: string;
  readonly lastModified?: Date;
  readonly expiresOn?: Date;
  readonly etag?: string;
};

function statOf(properties: Properties): BlobStat {
  const {
    contentLength = 0,
    createdOn,
    lastModified,
    expiresOn,
    blobType,
    accessTier,
    etag = '',
  } = properties;
  const modified = lastModified?.getTime() ?? 0;
  return {
    length: contentLength,
    createdOn: createdOn?.getTime() ?? modified,
    lastModified: modified,
    ...(expiresOn && { expiresOn: expiresOn.getTime() }),
    // Headers quote the ETag, listings do not.
    etag: etag.replaceAll('"', ''),
    type: blobType === 'AppendBlob' ? 'append' : blobType === 'PageBlob' ? 'page' : 'block',
    ...(accessTier?.toLowerCase() === 'archive' && { isArchived: true }),
  };
}

/** Statuses of temporary failures: 408 and 429 are about this request, not about the blob. */
const PASSING = new Set([408, 429]);

/**
 * As {@link blobError}, for a request about one blob: a 4xx that is not about permissions concerns only that blob, and is not temporary.
 * https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
 */
function oneBlobError(what: string, thrown: unknown): BlobError {
  const error = blobError(what, thrown);
  const { status, code, text } = storageFailure(thrown);
  if (error.code !== 'storage_unavailable' || status === undefined) return error;
  if (code === 'BlobArchived' || code === 'BlobBeingRehydrated') {
    return new BlobError('blob_archived', `Cannot ${what}: ${text}`);
  }
  const isLasting = status >= 400 && status < 500 && !PASSING.has(status);
  return isLasting ? new BlobError('blob_unreadable', `Cannot ${what}: ${text}`) : error;
}

/** What the SDK throws, as a BlobError. @param what completes the sentence "Cannot ...". */
export function blobError(what: string, thrown: unknown): BlobError {
  if (thrown instanceof BlobError) return thrown;
  const failure = storageFailure(thrown);
  const { status, text } = failure;
  if (status === 404) return new BlobError('blob_gone', `Cannot ${what}: ${text}`);
  if (status === 401 || status === 403) {
    const advice = adviceOn(failure, 'Storage Blob Data Reader');
    return new BlobError('blob_forbidden', `Cannot ${what}: ${text}${advice && `.${advice}`}`);
  }
  return new BlobError('storage_unavailable', `Cannot ${what}: ${text}`);
}

/** Reads and lists the blobs of a storage account through the Azure SDK. */
import type {
  BlobProperties,
  BlobServiceClient,
  BlockBlobClient,
  ContainerClient,
} from '@azure/storage-blob';
import { blobClientOf, blobUrlOf, isContainerName } from '../azure/blob-client.ts';
import { headOf, partOf, rangeIn } from '../azure/blob-head.ts';
import { bodyOf } from '../azure/body.ts';
import { passingBodyOf } from '../azure/downloads.ts';
import { storageFailure } from '../azure/failure.ts';
import { blobItemsOf, PAGE_SIZE, pagesOf } from '../azure/pages.ts';
import { type BlobRef, blobPath } from '../shared/blob-ref.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { withDeadline } from '../shared/deadline.ts';
import { blobError, oneBlobError } from './azure-errors.ts';
import { BlobError } from './errors.ts';
import { flowing, passing } from './flowing.ts';
import {
  type BlobEntry,
  type BlobStat,
  type BlobStore,
  type ByteRange,
  PEEK_BYTES,
  type Peeked,
} from './port.ts';

export interface AzureBlobStoreOptions {
  readonly clock?: Clock;
  /** How many bytes one request reads. Default 4 MiB. */
  readonly pieceBytes?: number;
  /** How long a request may wait for its response, and a body may stall. Milliseconds, default 30,000. */
  readonly timeoutMs?: number;
  /** How many consecutive times a read may fail without a byte of progress. Default 4. */
  readonly tries?: number;
}

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
    peek: (ref, from, signal) => peekAtBlob(source, ref, from, signal),
    read: (ref, range, signal) => readBlob(source, ref, range, signal),
    containers: (prefix, signal) => listContainers(source, prefix, signal),
    list: (container, prefix, signal) => listBlobs(source, container, prefix, signal),
    folders: (container, prefix, signal) => listFolders(source, container, prefix, signal),
  };
}

/** Throws `blob_forbidden` for a blob of another account. */
function ofAccount({ account }: Account, ref: BlobRef): void {
  if (ref.account === account) return;
  throw new BlobError('blob_forbidden', `${blobPath(ref)} is not of the account ${account}`);
}

function clientOf(source: Account, ref: BlobRef): BlockBlobClient {
  ofAccount(source, ref);
  const client = blobClientOf(source.service, ref.container, ref.name);
  if (client) return client;
  throw new BlobError('blob_gone', `No blob can have the name ${blobPath(ref)}`);
}

function containerOf({ service }: Account, name: string): ContainerClient {
  if (isContainerName(name)) return service.getContainerClient(name);
  throw new BlobError('blob_gone', `No container can have the name ${name}`);
}

async function statBlob(source: Account, ref: BlobRef, signal?: AbortSignal): Promise<BlobStat | undefined> {
  ofAccount(source, ref);
  try {
    const url = blobUrlOf(source.service, ref.container, ref.name);
    if (url === undefined) return undefined;
    const answer = await withDeadline(source.timeoutMs, signal, (within) =>
      headOf(source.service, url, within),
    );
    return { ...statOf(answer), ...(answer.date && { asOf: answer.date.getTime() }) };
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = oneBlobError(`look at ${blobPath(ref)}`, thrown);
    if (error.code === 'blob_gone') return undefined;
    throw error;
  }
}

/** One GET where it can say all; else, as of a blob that ends before `from`, a HEAD that says what there is. */
async function peekAtBlob(
  source: Account,
  ref: BlobRef,
  from: number,
  signal?: AbortSignal,
): Promise<Peeked | undefined> {
  const { timeoutMs } = source;
  const part = await withDeadline(timeoutMs, signal, (within) =>
    partOf(clientOf(source, ref), from, PEEK_BYTES, within),
  ).catch((thrown: unknown) => {
    signal?.throwIfAborted();
    const error = oneBlobError(`look at ${blobPath(ref)}`, thrown);
    if (error.code === 'storage_unavailable' || error.code === 'blob_forbidden') throw error;
    return undefined;
  });
  if (!part || part.start !== from || part.head.blobType !== 'AppendBlob') {
    part?.body.destroy();
    const stat = await statBlob(source, ref, signal);
    return stat && { stat };
  }
  const { head, body } = part;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of flowing(body, timeoutMs, signal)) chunks.push(chunk);
  } catch {
    // What has arrived is good; the reader asks for the rest.
    signal?.throwIfAborted();
  }
  const stat = { ...statOf(head), ...(head.date && { asOf: head.date.getTime() }) };
  return { stat, ahead: { ref, createdOn: stat.createdOn, start: from, bytes: Buffer.concat(chunks) } };
}

/** The progress of reading a blob, and the identity of the blob. */
interface Reading {
  readonly ref: BlobRef;
  readonly client: BlockBlobClient;
  readonly end: number;
  /** See {@link ByteRange.isPassing}. */
  readonly isPassing: boolean;
  at: number;
  createdOn: number | undefined;
  /** The ETag of a block blob, which is written as a whole; undefined before the first response, and for an append blob. */
  version: string | undefined;
}

async function* readBlob(
  source: Account,
  ref: BlobRef,
  { start, end, createdOn, isPassing = false }: ByteRange,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reading: Reading = {
    ref,
    client: clientOf(source, ref),
    end,
    isPassing,
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
    piece.drop();
    throw new BlobError('blob_replaced', `Another blob has the name ${blobPath(reading.ref)} now`);
  }
  for await (const chunk of piece.chunks()) {
    reading.at += chunk.length;
    yield chunk;
  }
  if (reading.at < from + piece.length) throw new Error('the connection ended early');
  return piece.length < count;
}

/** One range of a blob, as of the time of the response. */
interface Piece {
  /** Can be read once. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Ends the request without reading. */
  drop(): void;
  readonly length: number;
  readonly createdOn: number | undefined;
  readonly version: string | undefined;
}

/** Requests `count` bytes; undefined if the blob ends before them. */
async function openPiece(
  { timeoutMs }: Account,
  { ref, client, at, isPassing }: Reading,
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
  if (rangeIn(reply.contentRange)?.start !== at) {
    body.destroy();
    // Something on the way keeps replies, or passes no range on: rows at these offsets would be others.
    throw new Error(`the reply has other bytes than those from ${at} on`);
  }
  const own = passingBodyOf(reply);
  return {
    chunks: () =>
      own
        ? passing({ body: own, stream: body, isPassing }, timeoutMs, signal)
        : flowing(body, timeoutMs, signal),
    drop: () => body.destroy(),
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

type Properties = Pick<BlobProperties, 'contentLength' | 'createdOn'> & {
  readonly blobType?: string;
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
    ...(/^archive$/i.test(accessTier ?? '') && { isArchived: true }),
  };
}

/**
 * A substitute for Azure's blob service on loopback, as far as block blobs are written in blocks and read as text. It refuses what Microsoft's pages
 * do not allow, with their codes: `blob-sign-in.ts`, `blob-checks.ts` and `blob-errors.ts` name them. Here are the rules that need to know what is
 * stored: https://learn.microsoft.com/rest/api/storageservices/put-block, .../put-block-list, .../get-block-list, .../put-blob, .../get-blob.
 *
 * Where the pages leave room, this receiver takes the stricter reading: a query parameter that they do not name for these operations is refused.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import {
  blockIdTrouble,
  blockListIn,
  conditionFormTrouble,
  conditionTrouble,
  contentTrouble,
  hasConditions,
  leaseTrouble,
  propertiesTrouble,
  queryTrouble,
  resourceOf,
} from './blob-checks.ts';
import { type StorageCode, storageError } from './blob-errors.ts';
import { type BlobAccount, signInTrouble } from './blob-sign-in.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

/** A block, committed or staged. */
interface StoredBlock {
  readonly id: string;
  readonly bytes: Buffer;
}

/** A blob; one without an ETag has staged blocks alone, and is not there for others. */
interface StoredBlob {
  etag: string | undefined;
  blocks: readonly StoredBlock[];
  staged: Map<string, StoredBlock>;
  readonly headers: Record<string, string>;
}

export interface BlobService {
  readonly handle: (request: ServiceRequest) => ReceiverReply;
  /** The names of the blobs of a container, in order. */
  names(container: string): readonly string[];
  /** A blob's bytes. Throws where there is none. */
  bytes(container: string, name: string): Buffer;
  /** The headers with which a blob was last written. */
  headers(container: string, name: string): Readonly<Record<string, string>>;
  /** The lines of all blobs, decompressed, blobs in the order in which they were first written. */
  lines(container: string): readonly string[];
}

export type ServiceRequest = Pick<ReceivedRequest, 'method' | 'path' | 'headers' | 'wire'>;

export interface BlobServiceOptions {
  readonly containers: readonly string[];
  /** Whether an immutability policy keeps blobs as they are. */
  readonly isImmutable?: () => boolean;
  /** The account whose key must have signed. Default: signatures have their form alone. */
  readonly account?: BlobAccount;
  /** The id of the lease on a blob; undefined where there is none. */
  readonly leaseOn?: (container: string, name: string) => string | undefined;
  /** The service's clock, milliseconds since the epoch. Default: the wall clock. */
  readonly now?: () => number;
}

/** "The maximum number of uncommitted blocks that may be associated with a blob is 100,000", of committed ones 50,000. */
const MOST_COMMITTED = 50_000;
const MOST_STAGED = 100_000;
const RANGE = /^bytes=(\d{1,15})-(\d{1,15})?$/;

/** The service without a server. */
export function blobService(options: BlobServiceOptions): BlobService {
  const {
    containers,
    isImmutable = () => false,
    leaseOn = () => undefined,
    now = () => Date.now(),
  } = options;
  const blobs = new Map<string, StoredBlob>();
  let writes = 0;

  function handle({ method, path, headers, wire }: ServiceRequest): ReceiverReply {
    const url = new URL(path, 'http://storage.example');
    const head = { method, url, headers, length: wire.length };
    if (method !== 'GET' && method !== 'PUT') return storageError('UnsupportedHttpVerb');
    const early =
      signInTrouble(head, { account: options.account, now: now() }) ??
      queryTrouble(url) ??
      conditionFormTrouble(headers);
    if (early) return storageError(early);
    const resource = resourceOf(url.pathname);
    if (typeof resource === 'string') return storageError(resource);
    const { container, blob } = resource;
    if (!containers.includes(container)) return storageError('ContainerNotFound');
    const name = `${container}/${blob}`;
    const comp = url.searchParams.get('comp');
    if (method === 'GET') return comp === 'blocklist' ? list(name, url) : read(name, headers);
    const unsound = contentTrouble(headers, wire) ?? leaseTrouble(leaseOn(container, blob), headers);
    if (unsound) return storageError(unsound);
    if (comp === 'block') return stage(name, url.searchParams.get('blockid'), headers, Buffer.from(wire));
    const unmet = writeTrouble(blobs.get(name)?.etag, headers);
    if (unmet) return storageError(unmet);
    return comp === 'blocklist' ? commit(name, headers, wire) : create(name, headers, wire);
  }

  function writeTrouble(
    etag: string | undefined,
    headers: ServiceRequest['headers'],
  ): StorageCode | undefined {
    if (isImmutable() && etag !== undefined) return 'BlobImmutableDueToPolicy';
    return propertiesTrouble(headers) ?? conditionTrouble(etag, headers);
  }

  function list(name: string, { searchParams }: URL): ReceiverReply {
    const blob = blobs.get(name);
    if (blob === undefined) return storageError('BlobNotFound');
    const type = searchParams.get('blocklisttype') ?? 'committed';
    const of = (tag: string, blocks: Iterable<StoredBlock>) => {
      const items = Array.from(
        blocks,
        ({ id, bytes }) => `<Block><Name>${id}</Name><Size>${bytes.length}</Size></Block>`,
      );
      return `<${tag}>${items.join('')}</${tag}>`;
    };
    const committed = type === 'uncommitted' ? '' : of('CommittedBlocks', inList(blob.blocks));
    const staged = type === 'committed' ? '' : of('UncommittedBlocks', blob.staged.values());
    const body = `<?xml version="1.0" encoding="utf-8"?><BlockList>${committed}${staged}</BlockList>`;
    return { status: 200, headers: blob.etag === undefined ? {} : { etag: blob.etag }, body };
  }

  function read(name: string, headers: ServiceRequest['headers']): ReceiverReply {
    const blob = blobs.get(name);
    if (blob?.etag === undefined) return storageError('BlobNotFound');
    const { 'if-match': match = '*', 'if-none-match': noneMatch } = headers;
    if (match !== '*' && match !== blob.etag) return storageError('ConditionNotMet');
    if (noneMatch === blob.etag || noneMatch === '*') return { status: 304 };
    const content = Buffer.concat(blob.blocks.map(({ bytes }) => bytes));
    const range = headers['x-ms-range'] ?? headers.range;
    const [, start, end = content.length] = RANGE.exec(range ?? 'bytes=0-') ?? [];
    if (start === undefined || Number(end) < Number(start)) return storageError('InvalidHeaderValue');
    if (range !== undefined && Number(start) >= content.length) return storageError('InvalidRange');
    const part = content.subarray(Number(start), Number(end) + 1);
    if (part.some((byte) => byte > 0x7f)) throw new Error('only text is read here');
    return {
      status: range === undefined ? 200 : 206,
      headers: { etag: blob.etag },
      body: part.toString('ascii'),
    };
  }

  function stage(
    name: string,
    id: string | null,
    headers: ServiceRequest['headers'],
    bytes: Buffer,
  ): ReceiverReply {
    const trouble = blockIdTrouble(id);
    if (trouble || id === null) return storageError(trouble ?? 'MissingRequiredQueryParameter');
    if (hasConditions(headers)) return storageError('ConditionHeadersNotSupported');
    if (bytes.length === 0) return storageError('InvalidHeaderValue');
    const blob = blobs.get(name) ?? { etag: undefined, blocks: [], staged: new Map(), headers: {} };
    const [other] = [...inList(blob.blocks), ...blob.staged.values()];
    if (other && other.id.length !== id.length) return storageError('InvalidBlobOrBlock');
    if (blob.staged.size >= MOST_STAGED) return storageError('BlockCountExceedsLimit');
    blobs.set(name, blob);
    blob.staged.set(id, { id, bytes });
    return { status: 201 };
  }

  function commit(name: string, headers: ServiceRequest['headers'], wire: Uint8Array): ReceiverReply {
    const entries = blockListIn(wire);
    if (typeof entries === 'string') return storageError(entries);
    if (entries.length > MOST_COMMITTED) return storageError('BlockListTooLong');
    const blob = blobs.get(name);
    const committed = new Map(blob?.blocks.map((block) => [block.id, block]));
    const chosen = entries.map(({ from, id }) => {
      if (from === 'Committed') return committed.get(id);
      return blob?.staged.get(id) ?? (from === 'Latest' ? committed.get(id) : undefined);
    });
    const found = chosen.filter((block) => block !== undefined);
    if (found.length < chosen.length) return storageError('InvalidBlockList');
    return written(name, found, headers);
  }

  function create(name: string, headers: ServiceRequest['headers'], wire: Uint8Array): ReceiverReply {
    const type = headers['x-ms-blob-type'];
    if (type !== 'BlockBlob') {
      return storageError(type === undefined ? 'MissingRequiredHeader' : 'InvalidHeaderValue');
    }
    return written(name, [{ id: '', bytes: Buffer.from(wire) }], headers);
  }

  /** Blocks that were staged and are not in the list are gone. */
  function written(
    name: string,
    blocks: readonly StoredBlock[],
    headers: Readonly<Record<string, string>>,
  ): ReceiverReply {
    writes += 1;
    const etag = `"0x${createHash('sha256').update(`${name}${writes}`).digest('hex').slice(0, 15)}"`;
    blobs.set(name, { etag, blocks, staged: new Map(), headers });
    return { status: 201, headers: { etag } };
  }

  function inTime(container: string): readonly string[] {
    return [...blobs]
      .filter(([name, { etag }]) => etag !== undefined && name.startsWith(`${container}/`))
      .map(([name]) => name.slice(container.length + 1));
  }

  function bytes(container: string, name: string): Buffer {
    const blob = blobs.get(`${container}/${name}`);
    if (blob?.etag === undefined) throw new Error(`there is no blob ${container}/${name}`);
    return Buffer.concat(blob.blocks.map((block) => block.bytes));
  }

  return {
    handle,
    names: (container) => inTime(container).toSorted(),
    bytes,
    headers: (container, name) => blobs.get(`${container}/${name}`)?.headers ?? {},
    lines: (container) => inTime(container).flatMap((name) => linesIn(bytes(container, name))),
  };
}

/** A blob that was written as a whole has no block in its list. */
function inList(blocks: readonly StoredBlock[]): readonly StoredBlock[] {
  return blocks.filter(({ id }) => id !== '');
}

/** The lines of a blob of JSON Lines. The last one ends, too. */
export function linesIn(gzip: Uint8Array): readonly string[] {
  const lines = gunzipSync(gzip).toString().split('\n');
  if (lines.pop() !== '') throw new Error('the last line has no end');
  return lines;
}

export interface BlobServiceReceiver extends Receiver {
  readonly service: BlobService;
}

/** Starts the service on loopback. */
export async function startBlobService(
  options: BlobServiceOptions & ReceiverOptions,
): Promise<BlobServiceReceiver> {
  const service = blobService(options);
  const counts = { requests: 0, faults: 0, refused: 0, events: 0 };
  // The service stores bodies as they come, whatever their encoding.
  const receiver = await startReceiver(options, counts, service.handle, { encodings: [] });
  return { ...receiver, service };
}

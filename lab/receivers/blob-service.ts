/**
 * A substitute for Azure's blob service on loopback, as far as block blobs are written in blocks.
 *
 * Sources: Microsoft Learn, "Put Block", "Put Block List", "Get Block List", "Put Blob", "Get Blob", "Blob service error codes", "Specifying
 * conditional headers for Blob service operations". Signatures of requests are only looked for: tests against Azurite check them.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
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
}

/** "The maximum number of uncommitted blocks that may be associated with a blob is 100,000", of committed ones 50,000. */
const MOST_COMMITTED = 50_000;

/** The service without a server. */
export function blobService({ containers, isImmutable = () => false }: BlobServiceOptions): BlobService {
  const blobs = new Map<string, StoredBlob>();
  let writes = 0;

  function handle({ method, path, headers, wire }: ServiceRequest): ReceiverReply {
    const url = new URL(path, 'http://storage.example');
    const [container = '', ...rest] = decodeURIComponent(url.pathname).slice(1).split('/');
    const trouble = headTrouble(headers, url);
    if (trouble) return trouble;
    if (!containers.includes(container)) return refused(404, 'ContainerNotFound');
    const name = `${container}/${rest.join('/')}`;
    const comp = url.searchParams.get('comp');
    if (method === 'GET') return comp === 'blocklist' ? list(name) : read(name, headers);
    if (method !== 'PUT') return refused(405, 'UnsupportedHttpVerb');
    if (comp === 'block') return stage(name, url.searchParams.get('blockid') ?? '', Buffer.from(wire));
    if (isImmutable() && blobs.get(name)?.etag !== undefined) return refused(409, 'BlobImmutableDueToPolicy');
    const condition = conditionTrouble(blobs.get(name)?.etag, headers);
    if (condition) return condition;
    return comp === 'blocklist' ? commit(name, headers, wire) : create(name, headers, wire);
  }

  function list(name: string): ReceiverReply {
    const blob = blobs.get(name);
    if (blob === undefined) return refused(404, 'BlobNotFound');
    const blocks = blob.blocks.map(
      ({ id, bytes }) => `<Block><Name>${id}</Name><Size>${bytes.length}</Size></Block>`,
    );
    const body = `<?xml version="1.0" encoding="utf-8"?><BlockList><CommittedBlocks>${blocks.join('')}</CommittedBlocks></BlockList>`;
    return { status: 200, headers: blob.etag === undefined ? {} : { etag: blob.etag }, body };
  }

  function read(name: string, headers: ServiceRequest['headers']): ReceiverReply {
    const blob = blobs.get(name);
    if (blob?.etag === undefined) return refused(404, 'BlobNotFound');
    if (headers['if-match'] !== undefined && headers['if-match'] !== blob.etag) {
      return refused(412, 'ConditionNotMet');
    }
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers['x-ms-range'] ?? '') ?? [];
    if (start === undefined || end === undefined) return refused(400, 'InvalidHeaderValue');
    const part = Buffer.concat(blob.blocks.map(({ bytes }) => bytes)).subarray(
      Number(start),
      Number(end) + 1,
    );
    if (part.some((byte) => byte > 0x7f)) throw new Error('only text is read here');
    return { status: 206, headers: { etag: blob.etag }, body: part.toString('ascii') };
  }

  function stage(name: string, id: string, bytes: Buffer): ReceiverReply {
    const decoded = Buffer.from(id, 'base64');
    if (decoded.length === 0 || decoded.length > 64 || decoded.toString('base64') !== id) {
      return refused(400, 'InvalidQueryParameterValue');
    }
    const blob = blobs.get(name) ?? { etag: undefined, blocks: [], staged: new Map(), headers: {} };
    const [other] = [...blob.blocks, ...blob.staged.values()];
    if (other && other.id.length !== id.length) return refused(400, 'InvalidBlobOrBlock');
    blobs.set(name, blob);
    blob.staged.set(id, { id, bytes });
    return { status: 201 };
  }

  function commit(name: string, headers: ServiceRequest['headers'], wire: Uint8Array): ReceiverReply {
    const blob = blobs.get(name);
    const text = Buffer.from(wire).toString();
    const entries = [...text.matchAll(/<(Committed|Uncommitted|Latest)>([^<]+)<\/\1>/g)];
    if (!text.includes('<BlockList>') || blob === undefined) return refused(400, 'InvalidXmlDocument');
    if (entries.length > MOST_COMMITTED) return refused(400, 'BlockListTooLong');
    const committed = new Map(blob.blocks.map((block) => [block.id, block]));
    const chosen = entries.map(([, from, id = '']) => {
      if (from === 'Committed') return committed.get(id);
      return blob.staged.get(id) ?? (from === 'Latest' ? committed.get(id) : undefined);
    });
    const found = chosen.filter((block) => block !== undefined);
    if (found.length < chosen.length) return refused(400, 'InvalidBlockList');
    return written(name, found, headers);
  }

  function create(name: string, headers: ServiceRequest['headers'], wire: Uint8Array): ReceiverReply {
    if (headers['x-ms-blob-type'] !== 'BlockBlob') return refused(400, 'MissingRequiredHeader');
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
  const receiver = await startReceiver(options, counts, service.handle);
  return { ...receiver, service };
}

function headTrouble(headers: ServiceRequest['headers'], url: URL): ReceiverReply | undefined {
  if (headers['x-ms-version'] === undefined || !Date.parse(headers['x-ms-date'] ?? '')) {
    return refused(400, 'MissingRequiredHeader');
  }
  const isSigned = /^(?:SharedKey \w+:|Bearer .)/.test(headers.authorization ?? '');
  return isSigned || url.searchParams.has('sig') ? undefined : refused(401, 'NoAuthenticationInformation');
}

function conditionTrouble(
  etag: string | undefined,
  headers: ServiceRequest['headers'],
): ReceiverReply | undefined {
  if (headers['if-none-match'] === '*' && etag !== undefined) return refused(409, 'BlobAlreadyExists');
  const wanted = headers['if-match'];
  return wanted !== undefined && wanted !== etag ? refused(412, 'ConditionNotMet') : undefined;
}

function refused(status: number, code: string): ReceiverReply {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>No.</Message></Error>`;
  return { status, headers: { 'x-ms-error-code': code, 'content-type': 'application/xml' }, body };
}

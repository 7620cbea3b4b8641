/** The requests to Azure's blob service that the archive is written with: blocks, lists of blocks, whole blobs. */

import { Buffer } from 'node:buffer';
import { sharedKeySignature } from '../../azure/shared-key.ts';
import type { Authorization } from '../authorization.ts';
import { postAuthorized } from '../authorized.ts';
import type { HttpSenderDeps } from '../descriptor.ts';
import { DestinationRefusedError, RetryableError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, type ReplyContext } from '../reply.ts';
import type { ArchiveAccount } from './account.ts';
import { type Block, blockListXml, blocksIn } from './block-list.ts';
import { archiveTrouble, isChanged, storageCode } from './reply.ts';

/** "2021-12-02 and later" know the tier Cold (Microsoft Learn, "Set Blob Tier"). */
const VERSION = '2023-11-03';

/** A blob as it is known. */
export interface KnownBlob {
  /** Undefined where there is none. */
  readonly etag: string | undefined;
  readonly blocks: readonly Block[];
}

/** What every blob of the archive has. */
export interface BlobFacts {
  /** Metadata: ASCII, by name. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tier: string | undefined;
}

/** The container of an archive. All throw as the HTTP client does, and as `archiveTrouble` says. */
export interface ArchiveContainer {
  blockList(name: string, signal: AbortSignal): Promise<KnownBlob>;
  /** Bytes of a blob, which are ASCII; undefined where it is another blob by now. */
  ascii(name: string, range: AsciiRange, signal: AbortSignal): Promise<string | undefined>;
  stage(name: string, id: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Commits a list of blocks in place of `known`'s. Returns the new ETag; undefined where the blob is not as it is known. */
  commit(name: string, list: Commit, signal: AbortSignal): Promise<string | undefined>;
  /** Writes a whole blob if there is none of this name. */
  create(name: string, bytes: Uint8Array, facts: BlobFacts, signal: AbortSignal): Promise<void>;
}

export interface AsciiRange {
  readonly etag: string;
  readonly start: number;
  readonly length: number;
}

export interface Commit extends BlobFacts {
  readonly known: KnownBlob;
  readonly ids: readonly string[];
  readonly staged: ReadonlySet<string>;
}

/** What a request is allowed with. */
export interface ArchiveSignIn {
  readonly account: ArchiveAccount;
  readonly container: string;
  /** By access tokens, where neither a key nor a signature was given. */
  readonly authorization: Authorization | undefined;
}

interface Request {
  readonly method: 'GET' | 'PUT';
  /** The name of the blob: letters, digits and `/=._-`, which need no encoding in an address. */
  readonly name: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const GZIP = { 'x-ms-blob-content-type': 'application/gzip' };
const NONE_THERE = { 'if-none-match': '*' };

export function archiveContainer(
  { account, container, authorization }: ArchiveSignIn,
  { http, clock, context }: Pick<HttpSenderDeps, 'http' | 'clock' | 'context'>,
): ArchiveContainer {
  /** The last token in its forms, which a reply may repeat. */
  let given: readonly string[] = [];
  return {
    async blockList(name, signal) {
      const query = { comp: 'blocklist', blocklisttype: 'committed' };
      const reply = await call({ method: 'GET', name, query }, signal);
      if (reply.status === 404 && storageCode(reply) === 'BlobNotFound')
        return { etag: undefined, blocks: [] };
      check(reply, 200, name);
      const blocks = blocksIn(reply.body);
      if (blocks === undefined) {
        throw new RetryableError('bad_reply', `${describe(reply, told())} (no list of blocks)`);
      }
      // A blob of which nothing is committed has none.
      return { etag: reply.header('etag'), blocks };
    },
    async ascii(name, { etag, start, length }, signal) {
      const headers = { 'if-match': etag, 'x-ms-range': `bytes=${start}-${start + length - 1}` };
      const reply = await call({ method: 'GET', name, headers }, signal);
      if (isChanged(reply) || storageCode(reply) === 'BlobNotFound') return undefined;
      check(reply, 206, name);
      return reply.body;
    },
    async stage(name, id, bytes, signal) {
      const query = { comp: 'block', blockid: id };
      const headers = { 'content-type': 'application/octet-stream' };
      check(await call({ method: 'PUT', name, query, headers, body: bytes }, signal), 201, name);
    },
    async commit(name, { known, ids, staged, ...facts }, signal) {
      const headers = {
        ...(known.etag === undefined ? NONE_THERE : { 'if-match': known.etag }),
        'content-type': 'application/xml',
        ...GZIP,
        ...headersOf(facts),
      };
      const body = new TextEncoder().encode(blockListXml(ids, staged));
      const reply = await call({ method: 'PUT', name, query: { comp: 'blocklist' }, headers, body }, signal);
      if (isChanged(reply)) return undefined;
      check(reply, 201, name);
      const etag = reply.header('etag');
      if (etag === undefined) throw new RetryableError('bad_reply', 'Azure Storage answered without an ETag');
      return etag;
    },
    async create(name, bytes, facts, signal) {
      const headers = {
        ...NONE_THERE,
        'content-type': 'application/gzip',
        'x-ms-blob-type': 'BlockBlob',
        ...headersOf(facts),
      };
      const reply = await call({ method: 'PUT', name, headers, body: bytes }, signal);
      if (storageCode(reply) === 'BlobAlreadyExists') return;
      check(reply, 201, name);
    },
  };

  async function call(request: Request, signal: AbortSignal): Promise<HttpReply> {
    const { method, name, query = {}, body } = request;
    const url = new URL(`${account.endpoint}/${container}/${name}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const headers: Record<string, string> = {
      ...request.headers,
      'x-ms-date': new Date(clock.now()).toUTCString(),
      'x-ms-version': VERSION,
    };
    if (account.key) {
      const signed = { method, url: url.href, headers, length: body?.length ?? 0 };
      const { account: name, secret } = account.key;
      headers.authorization = sharedKeySignature(signed, {
        account: name,
        key: Buffer.from(secret, 'base64'),
      });
    }
    const address =
      account.sas === undefined ? url.href : `${url.href}${url.search ? '&' : '?'}${account.sas}`;
    const own = { method, url: address, ...(body && { body }) } as const;
    if (!authorization) return await http.send({ ...own, headers }, signal);
    const { reply, secrets } = await postAuthorized(authorization, signal, (credential) => {
      given = credential?.secrets ?? [];
      const signed = credential && { [credential.header]: credential.value };
      return http.send({ ...own, headers: { ...headers, ...signed } }, signal);
    });
    given = secrets;
    return reply;
  }

  function check(reply: HttpReply, expected: number, name: string): void {
    const trouble = archiveTrouble(reply, { expected, name }, told());
    if (trouble) throw trouble;
  }

  function told(): ReplyContext {
    const { secrets, ...rest } = context();
    return { ...rest, secrets: [...secrets, ...given] };
  }
}

function headersOf({ metadata, tier }: BlobFacts): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-ms-meta-${name}`, value])),
    ...(tier !== undefined && { 'x-ms-access-tier': tier }),
  };
}

/** What is thrown where an entry names no account that can be reached. */
export function noAccount(): DestinationRefusedError {
  return new DestinationRefusedError('refused', 'the entry does not say where the archive is');
}

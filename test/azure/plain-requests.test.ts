import { Readable } from 'node:stream';
import { toHttpHeadersLike } from '@azure/core-http-compat';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import type { BlockBlobClient, IHttpClient } from '@azure/storage-blob';
import { describe, expect, it } from 'vitest';
import { blobClientOf, blobUrlOf } from '../../src/azure/blob-client.ts';
import { headOf } from '../../src/azure/blob-head.ts';
import { type BlobAccount, createBlobAccount } from '../../src/azure/clients.ts';
import { storageFailure } from '../../src/azure/failure.ts';
import { readSmallBlob, smallBlobMetadata } from '../../src/azure/small-blob.ts';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import { ACCOUNTS, NAMES } from './accounts.ts';

const CONTAINER = 'insights-logs-advancedhunting-table0';
const CONTENT = Buffer.from('{"offset":12}');
const REPLY = {
  'content-length': String(CONTENT.length),
  'x-ms-creation-time': 'Mon, 23 Nov 2026 07:00:01 GMT',
  'last-modified': 'Mon, 23 Nov 2026 07:10:02 GMT',
  'x-ms-expiry-time': 'Tue, 24 Nov 2026 07:00:01 GMT',
  'x-ms-blob-type': 'AppendBlob',
  'x-ms-access-tier': 'Hot',
  'x-ms-meta-Offset': '12',
  'x-ms-meta-closed': 'true',
  etag: '"0x8DC"',
  date: 'Mon, 23 Nov 2026 07:10:30 GMT',
};

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A service that answers with these statuses one after the other, the last one again and again. @param without which headers. */
function account(connection: string, statuses: readonly number[] = [200], without: readonly string[] = []) {
  const sent: Sent[] = [];
  const httpClient: IHttpClient = {
    async sendRequest(request) {
      sent.push({ method: request.method, url: request.url, headers: request.headers.toJson() });
      const status = statuses[sent.length - 1] ?? statuses.at(-1) ?? 200;
      const whole =
        status === 200 ? REPLY : { 'x-ms-error-code': 'SomeCode', 'x-ms-request-id': 'request-1' };
      const headers = Object.fromEntries(Object.entries(whole).filter(([name]) => !without.includes(name)));
      const reply = { request, status, headers: toHttpHeadersLike(createHttpHeaders(headers)) };
      const isStream = request.streamResponseStatusCodes?.has(status);
      return { ...reply, ...(isStream && { readableStreamBody: Readable.from([CONTENT]) }) };
    },
  };
  const made = createBlobAccount({ setting: 'storage', connection_string: connection }, undefined, {
    httpClient,
  });
  return { ...made, sent };
}

const head = ({ service }: BlobAccount, name: string) =>
  headOf(service, blobUrlOf(service, CONTAINER, name) ?? '', new AbortController().signal);

/** Without what differs from request to request: their number, the time, and the signature over both. */
function steady({ method, url, headers }: Sent | undefined = { method: '', url: '', headers: {} }) {
  const { authorization, ...rest } = headers;
  const changing = { 'x-ms-client-request-id': undefined, 'x-ms-date': undefined };
  return { method, url, headers: { ...rest, ...changing }, isSigned: authorization !== undefined };
}

describe.each(Object.entries(ACCOUNTS))('a look at a blob with %s', (_, connection) => {
  it.each(NAMES)('is the request that the SDK makes for %j', async (name) => {
    const ours = account(connection);
    const theirs = account(connection);
    const found = await head(ours, name);
    const wanted = await blobClientOf(theirs.service, CONTAINER, name)?.getProperties();
    expect(steady(ours.sent[0])).toEqual(steady(theirs.sent[0]));
    expect(ours.sent[0]?.headers['x-ms-version']).toMatch(/^20\d\d-/);
    expect(found).toEqual({
      contentLength: wanted?.contentLength,
      createdOn: wanted?.createdOn,
      lastModified: wanted?.lastModified,
      expiresOn: wanted?.expiresOn,
      blobType: wanted?.blobType,
      accessTier: wanted?.accessTier,
      etag: wanted?.etag,
      date: wanted?.date,
    });
  });
});

/** The client of a blob. */
function blob({ service }: BlobAccount, name: string): BlockBlobClient {
  const client = blobClientOf(service, CONTAINER, name);
  if (client) return client;
  throw new Error(`no blob can be called ${name}`);
}

describe.each(Object.entries(ACCOUNTS))('a small blob with %s', (_, connection) => {
  it.each(NAMES)('is read by the request that the SDK makes for %j', async (name) => {
    const ours = account(connection);
    const theirs = account(connection);
    const found = await readSmallBlob(blob(ours, name), 1_000, 1_000);
    await blob(theirs, name).download(0);
    expect(steady(ours.sent[0])).toEqual(steady(theirs.sent[0]));
    expect(found).toEqual({ content: CONTENT, etag: REPLY.etag });
  });

  it('has the metadata that the SDK finds', async () => {
    const ours = account(connection);
    const theirs = account(connection);
    const found = await smallBlobMetadata(blob(ours, 'a.json'), 1_000);
    expect(found).toEqual((await blob(theirs, 'a.json').getProperties()).metadata);
    expect(found).toEqual({ offset: '12', closed: 'true' });
    expect(steady(ours.sent[0])).toEqual(steady(theirs.sent[0]));
  });
});

describe('a small blob', () => {
  it.each([403, 409])('that is refused is described as the SDK does: %d', async (status) => {
    const ours = account(ACCOUNTS['an account key'] ?? '', [status]);
    const thrown = await readSmallBlob(blob(ours, 'a.json'), 1_000, 1_000).catch((error: unknown) => error);
    const theirs = await blob(ours, 'a.json')
      .download(0)
      .catch((error: unknown) => error);
    expect(storageFailure(thrown)).toEqual(storageFailure(theirs));
  });

  it('that is too long is not read', async () => {
    const ours = account(ACCOUNTS['an account key'] ?? '');
    const reading = readSmallBlob(blob(ours, 'a.json'), CONTENT.length - 1, 1_000);
    await expect(reading).rejects.toThrow(`${CONTENT.length} bytes are more than`);
  });

  it('that is too long is not read either where the reply does not say how long it is', async () => {
    const read = (limit: number) => {
      const ours = account(ACCOUNTS['an account key'] ?? '', [200], ['content-length']);
      return readSmallBlob(blob(ours, 'a.json'), limit, 1_000);
    };
    expect(await read(CONTENT.length)).toEqual({ content: CONTENT, etag: REPLY.etag });
    await expect(read(CONTENT.length - 1)).rejects.toThrow(`${CONTENT.length} bytes are more than`);
  });

  it('is not read without its ETag, which guards the next write', async () => {
    const ours = account(ACCOUNTS['an account key'] ?? '', [200], ['etag']);
    await expect(readSmallBlob(blob(ours, 'a.json'), 1_000, 1_000)).rejects.toThrow('no ETag');
  });
});

describe('a look at a blob that is refused', () => {
  it.each([403, 404, 409])('is described as the SDK does: %d', async (status) => {
    const ours = account(ACCOUNTS['an account key'] ?? '', [status]);
    const thrown = await head(ours, 'a.json').catch((error: unknown) => error);
    const theirs = await blobClientOf(ours.service, CONTAINER, 'a.json')
      ?.getProperties()
      .catch((error: unknown) => error);
    expect(storageFailure(thrown)).toEqual(storageFailure(theirs));
    expect(storageFailure(thrown)).toEqual({
      status,
      code: 'SomeCode',
      text: `HTTP ${status} SomeCode (request request-1)`,
    });
  });

  it('does not take a reply without a length for an empty blob', async () => {
    const ours = account(ACCOUNTS['an account key'] ?? '', [200], ['content-length']);
    await expect(head(ours, 'a.json')).rejects.toThrow('how long');
    const blobs = createAzureBlobStore(ours.service, ours.account);
    const looking = blobs.stat({ account: ours.account, container: CONTAINER, name: 'a.json' });
    await expect(looking).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('how long'),
    });
  });

  it('is tried again where the service is busy', async () => {
    const busy = account(ACCOUNTS['an account key'] ?? '', [503, 200]);
    expect(await head(busy, 'a.json')).toMatchObject({ contentLength: CONTENT.length });
    expect(busy.sent).toHaveLength(2);
  });
});

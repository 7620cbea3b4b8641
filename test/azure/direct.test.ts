import { Readable } from 'node:stream';
import { toHttpHeadersLike } from '@azure/core-http-compat';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import type { IHttpClient } from '@azure/storage-blob';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { blobClientOf, blobUrlOf } from '../../src/azure/blob-client.ts';
import { headOf, partOf } from '../../src/azure/blob-head.ts';
import { type BlobAccount, createBlobAccount } from '../../src/azure/clients.ts';
import { Direct, type PlainReply } from '../../src/azure/direct.ts';
import { storageFailure } from '../../src/azure/failure.ts';
import { blobNamesOf } from '../../src/azure/names.ts';
import { readSmallBlob, writeSmallBlob } from '../../src/azure/small-blob.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { CorrectedClock } from '../../src/shared/corrected-clock.ts';
import { ACCOUNTS, KEY, NAMES } from './accounts.ts';

const CONTAINER = 'insights-logs-advancedhunting-table0';
const NOW = Date.parse('2026-11-23T07:10:30Z');
const FOUND = {
  'content-length': '3',
  etag: '"0x8DC"',
  'content-type': 'application/xml',
  date: 'Mon, 23 Nov 2026 07:10:30 GMT',
};

interface Sent {
  readonly by: 'the SDK' | 'the host';
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the service does with a request: it answers with a status, or the connection ends. */
type Fate = number | 'reset';

/**
 * A service that does this with the requests one after the other, and answers the further ones with 200.
 *
 * @param rest what a listing that goes on has.
 */
function account(connection: string, fates: readonly Fate[] = [], text = '{} ', rest = text) {
  const sent: Sent[] = [];
  const operations: string[] = [];
  const signals: AbortSignal[] = [];
  const clock = new CorrectedClock(systemClock);
  const textFor = (url: string) => (url.includes('marker=') ? rest : text);
  const next = (one: Sent): { status: number; headers: Record<string, string> } => {
    sent.push(one);
    const fate = fates[sent.length - 1] ?? 200;
    if (fate === 'reset') throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    if (fate === 206) return { status: fate, headers: { ...FOUND, 'content-range': 'bytes 5-7/10' } };
    if (fate === 201) return { status: fate, headers: FOUND };
    const refused = { 'x-ms-error-code': 'SomeCode', 'x-ms-request-id': 'request-1', date: FOUND.date };
    return { status: fate, headers: fate === 200 ? FOUND : refused };
  };
  const httpClient: IHttpClient = {
    async sendRequest(request) {
      const { method, url, headers, streamResponseStatusCodes: streams } = request;
      const reply = next({ by: 'the SDK', method, url, headers: headers.toJson() });
      return {
        request,
        status: reply.status,
        headers: toHttpHeadersLike(createHttpHeaders(reply.headers)),
        ...(streams?.has(reply.status) && { readableStreamBody: Readable.from([Buffer.from(textFor(url))]) }),
        ...(reply.status === 200 && { bodyAsText: textFor(url) }),
      };
    },
  };
  const made = createBlobAccount({ setting: 'storage', connection_string: connection }, undefined, {
    httpClient,
    clock,
    onOperation: (type) => operations.push(type),
    async exchange(request, signal) {
      signals.push(signal);
      const { status, headers } = next({
        by: 'the host',
        method: request.method,
        url: request.url,
        headers: request.headers,
      });
      return {
        status,
        headers: createHttpHeaders(headers),
        ...(request.method === 'GET' && {
          readableStreamBody: Readable.from([Buffer.from(textFor(request.url))]),
        }),
      };
    },
  });
  return { ...made, sent, operations, signals, clock };
}

const look = ({ service }: BlobAccount, name = 'a.json', signal = new AbortController().signal) =>
  headOf(service, blobUrlOf(service, CONTAINER, name) ?? '', signal);

const read = ({ service }: BlobAccount, name = 'a.json') => {
  const client = blobClientOf(service, CONTAINER, name);
  if (!client) throw new Error(`no blob can be called ${name}`);
  return readSmallBlob(client, 1_000, 1_000);
};

const inList = (names: string, marker = '<NextMarker />') =>
  `<?xml version="1.0"?><EnumerationResults><Prefix>a</Prefix><Blobs>${names}</Blobs>${marker}</EnumerationResults>`;
const blobOf = (name: string) => `<Blob><Name>${name}</Name><Properties><Etag>1</Etag></Properties></Blob>`;

/** The names in a container, where the SDK and the host are answered so. */
async function namesOf(made: ReturnType<typeof account>): Promise<readonly string[]> {
  const names: string[] = [];
  const container = made.service.getContainerClient('state');
  for await (const name of blobNamesOf(container, "a b/ü'&", 1_000)) names.push(name);
  return names;
}

const waysOf = ({ sent }: { readonly sent: readonly Sent[] }) => sent.map(({ by }) => by);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each(Object.entries(ACCOUNTS))(
  'a request over the connection of the host, with %s',
  (_, connection) => {
    beforeEach(() => {
      // The signature is over both.
      vi.useFakeTimers({ toFake: ['Date'], now: NOW });
      vi.spyOn(crypto, 'randomUUID').mockReturnValue('00000000-0000-4000-8000-000000000001');
    });

    it.each(NAMES)('is the one that the SDK makes, its signature included, for %j', async (name) => {
      for (const ask of [look, read]) {
        const made = account(connection);
        await ask(made, name);
        await ask(made, name);
        const [first, second] = made.sent;
        expect(waysOf(made)).toEqual(['the SDK', 'the host']);
        expect({ ...second, by: '' }).toEqual({ ...first, by: '' });
        expect('authorization' in (second?.headers ?? {})).toBe(!connection.includes('SharedAccess'));
      }
    });
  },
);

describe.each(Object.entries(ACCOUNTS))('over the connection of the host, with %s,', (_, connection) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    vi.spyOn(crypto, 'randomUUID').mockReturnValue('00000000-0000-4000-8000-000000000001');
  });

  it.each([
    ['"0x8DC"', { ifMatch: '"0x8DC"' }, { offset: '12', held: 'not_found', helduntil: '1' }, 'content'],
    [undefined, { ifNoneMatch: '*' }, undefined, ''],
    ['any', {}, { closed: 'true' }, '☃'],
  ] as const)(
    'a write where the ETag is %s is the one that the SDK makes',
    async (etag, conditions, metadata, text) => {
      const content = Buffer.from(text);
      const ours = account(connection, [200, 201]);
      const theirs = account(connection, [201]);
      const client = (made: BlobAccount) => blobClientOf(made.service, CONTAINER, 'a b.json');
      await look(ours);
      const [own, other] = [client(ours), client(theirs)];
      if (!own || !other) throw new Error('no client');
      const options = { ...(metadata && { metadata }), etag, timeoutMs: 1_000 };
      expect(await writeSmallBlob(own, content, options)).toBe(FOUND.etag);
      await other.upload(content, content.length, {
        conditions,
        blobHTTPHeaders: { blobContentType: 'application/json' },
        ...(metadata && { metadata }),
      });
      expect(waysOf(ours)).toEqual(['the SDK', 'the host']);
      expect({ ...ours.sent[1], by: '' }).toEqual({ ...theirs.sent[0], by: '' });
    },
  );

  it('a look that reads a part is the one that the SDK makes, and teaches nothing of its own', async () => {
    const [ours, theirs] = [account(connection, [200, 206, 401]), account(connection, [206])];
    const client = (made: BlobAccount) => blobClientOf(made.service, CONTAINER, 'a b.json');
    const [own, other] = [client(ours), client(theirs)];
    if (!own || !other) throw new Error('no client');
    const { signal } = new AbortController();
    await look(ours);
    const part = await partOf(own, 5, 10, signal);
    expect(part).toMatchObject({ start: 5, head: { contentLength: 10, etag: FOUND.etag } });
    await other.download(5, 10);
    expect({ ...ours.sent[1], by: '' }).toEqual({ ...theirs.sent[0], by: '' });
    await partOf(own, 5, 10, signal);
    await look(ours);
    expect(waysOf(ours)).toEqual(['the SDK', 'the host', 'the host', 'the SDK', 'the host']);
    expect({ ...ours.sent[4], by: '' }).toEqual({ ...ours.sent[0], by: '' });
  });

  it('a listing is the one that the SDK makes', async () => {
    const text = inList(blobOf('a/1.json') + blobOf('a/2.json'));
    const [ours, theirs] = [account(connection, [], text), account(connection, [], text)];
    await look(ours);
    expect(await namesOf(ours)).toEqual(['a/1.json', 'a/2.json']);
    const pages = theirs.service.getContainerClient('state').listBlobsFlat({ prefix: "a b/ü'&" });
    await pages.byPage({ maxPageSize: 1_000 }).next();
    expect(waysOf(ours)).toEqual(['the SDK', 'the host']);
    const sorted = (
      { url, ...sent }: Sent | undefined = { by: 'the SDK', method: '', url: '', headers: {} },
    ) => {
      const { origin, pathname, searchParams } = new URL(url || 'http://x');
      searchParams.sort();
      return { ...sent, by: '', where: origin + pathname, query: [...searchParams] };
    };
    expect(sorted(ours.sent[1])).toEqual(sorted(theirs.sent[0]));
  });
});

describe('names in a listing', () => {
  it.each([
    ['there are none', inList(''), []],
    [
      'XML writes one otherwise',
      inList(blobOf('a/1&amp;2.json') + blobOf('a/3.json')),
      ['a/1&2.json', 'a/3.json'],
    ],
    ['one is encoded', inList('<Blob><Name Encoded="true">a%2F1</Name><Properties /></Blob>'), ['a/1']],
  ])('are those that the SDK finds where %s', async (_, text, wanted) => {
    const made = account(KEY, [], text);
    await look(made);
    expect(await namesOf(made)).toEqual(wanted);
  });

  it('are listed by the SDK where there are more than a page', async () => {
    const made = account(
      KEY,
      [],
      inList(blobOf('a/1'), '<NextMarker>2!a</NextMarker>'),
      inList(blobOf('a/2')),
    );
    await look(made);
    expect(await namesOf(made)).toEqual(['a/1', 'a/2']);
    expect(waysOf(made)).toEqual(['the SDK', 'the host', 'the SDK', 'the SDK']);
  });
});

describe('a request over the connection of the host', () => {
  it('is counted, and has the clock follow the account', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW - 3_600_000 });
    const made = account(KEY);
    const corrected = vi.spyOn(made.clock, 'learn');
    await look(made);
    await read(made);
    expect(waysOf(made)).toEqual(['the SDK', 'the host']);
    expect(made.operations).toEqual(['other', 'read']);
    expect(corrected.mock.calls.map(([{ served }]) => served)).toEqual([NOW, NOW]);
  });

  it.each([[401], [500], [503], [307], ['reset']] as const)(
    'is sent again by the SDK, and so is the next one, after %s',
    async (fate) => {
      const made = account(KEY, [200, fate]);
      await look(made);
      expect(await look(made)).toMatchObject({ contentLength: 3 });
      expect(waysOf(made)).toEqual(['the SDK', 'the host', 'the SDK']);
      await look(made);
      expect(waysOf(made).at(-1)).toBe('the host');
    },
  );

  it('is not tried while the service refuses what the SDK sends', async () => {
    const made = account(KEY, [200, 'reset', 500, 500, 500, 403]);
    await look(made);
    for (let n = 0; n < 2; n++) await look(made).catch(() => {});
    expect(waysOf(made)).toEqual(['the SDK', 'the host', ...Array(4).fill('the SDK')]);
  });

  it.each([403, 404, 409])('that is refused with %d is described as the SDK does', async (status) => {
    const made = account(KEY, [200, status, status]);
    await look(made);
    const thrown = await look(made).catch((error: unknown) => error);
    expect(waysOf(made)).toEqual(['the SDK', 'the host']);
    const theirs = await blobClientOf(made.service, CONTAINER, 'a.json')
      ?.getProperties()
      .catch((error: unknown) => error);
    expect(storageFailure(thrown)).toEqual(storageFailure(theirs));
  });

  it('that was aborted is not sent again', async () => {
    const made = account(KEY, [200, 'reset']);
    await look(made);
    await expect(look(made, 'a.json', AbortSignal.abort(new Error('stop')))).rejects.toThrow();
    expect(made.signals[0]?.aborted).toBe(true);
    expect(waysOf(made)).toEqual(['the SDK', 'the host']);
  });
});

describe('the short way with a token', () => {
  it('has it from the last minute of the SDK, and never a token that the service refused', async () => {
    let now = 0;
    const sent: (string | undefined)[] = [];
    let status = 200;
    const direct = new Direct({
      async exchange({ headers }): Promise<PlainReply> {
        sent.push(headers.authorization);
        return { status, headers: createHttpHeaders() };
      },
      key: undefined,
      onReply: () => {},
      timeoutSeconds: 30,
      clock: { now: () => NOW, monotonic: () => now },
    });
    const send = async () =>
      (await direct.send({ method: 'HEAD', url: 'https://a.example/b' }, new AbortController().signal))
        ?.status;
    expect(await send()).toBeUndefined();
    direct.learn([['Authorization', 'Bearer 1']]);
    expect(await send()).toBe(200);
    now = 59_999;
    expect(await send()).toBe(200);
    now = 60_000;
    expect(await send()).toBeUndefined();
    direct.learn([['authorization', 'Bearer 2']]);
    expect(await send()).toBe(200);
    status = 401;
    expect(await send()).toBeUndefined();
    status = 200;
    expect(await send()).toBeUndefined();
    expect(sent).toEqual(['Bearer 1', 'Bearer 1', 'Bearer 2', 'Bearer 2']);
  });
});

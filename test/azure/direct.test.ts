import { Readable } from 'node:stream';
import { toHttpHeadersLike } from '@azure/core-http-compat';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import type { IHttpClient } from '@azure/storage-blob';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { blobClientOf, blobUrlOf } from '../../src/azure/blob-client.ts';
import { headOf } from '../../src/azure/blob-head.ts';
import { type BlobAccount, createBlobAccount } from '../../src/azure/clients.ts';
import { Direct, type PlainReply } from '../../src/azure/direct.ts';
import { storageFailure } from '../../src/azure/failure.ts';
import { readSmallBlob } from '../../src/azure/small-blob.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { CorrectedClock } from '../../src/shared/corrected-clock.ts';

const KEY =
  'DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=c2VjcmV0LXNlY3JldA==;EndpointSuffix=core.windows.net';
const ACCOUNTS: Readonly<Record<string, string>> = {
  'an account key': KEY,
  'a shared access signature':
    'BlobEndpoint=https://contoso.blob.core.windows.net;SharedAccessSignature=sv=2024&sig=a%2Bb',
  'an emulator': 'UseDevelopmentStorage=true',
};
const NAMES = [
  'tenantId=1/y=2026/m=11/PT1H.json',
  "a b+c&d=e?f#g'h.json",
  'percent %2F 100%.json',
  'a/../b/Ü☃',
];
const CONTAINER = 'insights-logs-advancedhunting-table0';
const NOW = Date.parse('2026-11-23T07:10:30Z');
const FOUND = { 'content-length': '3', etag: '"0x8DC"', date: 'Mon, 23 Nov 2026 07:10:30 GMT' };

interface Sent {
  readonly by: 'the SDK' | 'the host';
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the service does with a request: it answers with a status, or the connection ends. */
type Fate = number | 'reset';

/** A service that does this with the requests one after the other, and answers the further ones with 200. */
function account(connection: string, fates: readonly Fate[] = []) {
  const sent: Sent[] = [];
  const operations: string[] = [];
  const signals: AbortSignal[] = [];
  const clock = new CorrectedClock(systemClock);
  const next = (one: Sent): { status: number; headers: Record<string, string> } => {
    sent.push(one);
    const fate = fates[sent.length - 1] ?? 200;
    if (fate === 'reset') throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
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
        ...(streams?.has(reply.status) && { readableStreamBody: Readable.from([Buffer.from('{} ')]) }),
      };
    },
  };
  const made = createBlobAccount({ setting: 'storage', connection_string: connection }, undefined, {
    httpClient,
    clock,
    onOperation: (type) => operations.push(type),
    async exchange(request, signal) {
      signals.push(signal);
      const { status, headers } = next({ by: 'the host', ...request });
      return {
        status,
        headers: createHttpHeaders(headers),
        ...(request.method === 'GET' && { readableStreamBody: Readable.from([Buffer.from('{} ')]) }),
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

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { type FaultProxy, startFaultProxy } from '../../lab/fault-proxy.ts';
import { blobClientOf } from '../../src/azure/blob-client.ts';
import { type BlobClientOptions, createBlobAccount } from '../../src/azure/clients.ts';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { stateOf } from '../../src/config/sources.ts';
import { containerListStore } from '../../src/hosts/list-container.ts';
import { nodeDownloads } from '../../src/hosts/node/downloads.ts';
import { nodeExchange } from '../../src/hosts/node/exchange.ts';
import { pullFeed } from '../../src/relay/list-feeds/pull.ts';
import { readRuleContainer } from '../../src/relay/rule-sets/rule-container.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { MANY, withSmallPages } from '../support/small-pages.ts';
import { registerBlobStoreTests } from './register-blob-store-tests.ts';

let azurite: Azurite;
let service: BlobServiceClient;

beforeAll(async () => {
  azurite = await azuriteAccount();
  service = accountAt(azurite.connectionString).service;
});
afterAll(() => azurite?.stop());

/** Who reads the bodies of long downloads. */
const READERS = [
  { reader: 'the SDK', downloads: undefined },
  { reader: 'the host', downloads: nodeDownloads({}) },
] as const;

/** As `serve` has it: looks go over connections of the host's. */
function accountAt(connectionString: string, downloads?: BlobClientOptions['downloads']) {
  const config = relayConfigSchema.parse({
    storage: { connection_string: connectionString },
    destinations: {},
  });
  return createBlobAccount(stateOf(config), undefined, { downloads, exchange: nodeExchange({}) });
}

function clientOf(container: string, name: string) {
  const client = blobClientOf(service, container, name);
  if (!client) throw new Error(`no client for ${name}`);
  return client;
}

registerBlobStoreTests('Azure', async () => {
  const store = createAzureBlobStore(
    withSmallPages(accountAt(azurite.connectionString, nodeDownloads({})).service),
    azurite.account,
  );
  return {
    store,
    many: MANY,
    async put(container, name, content) {
      await clientOf(container, name).uploadData(Buffer.from(content));
      return { account: azurite.account, container, name };
    },
    async append(container, name, content) {
      const client = service.getContainerClient(container).getAppendBlobClient(name);
      await client.createIfNotExists();
      if (content.length > 0) await client.appendBlock(Buffer.from(content), content.length);
      return { account: azurite.account, container, name };
    },
    async remove(ref) {
      await clientOf(ref.container, ref.name).delete();
    },
    async createContainer(container) {
      await service.getContainerClient(container).createIfNotExists();
    },
    async fill(container, names) {
      const parent = service.getContainerClient(container);
      const waiting = [...names];
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
            await parent.getBlockBlobClient(name).upload('', 0);
          }
        }),
      );
    },
  };
});

describe('Azure: lists in a container', () => {
  it('are written by a pull, read by the relay, and as new as the last answer', async () => {
    await service.createContainer('rules-lists');
    await clientOf('rules-lists', 'lists/lists.yaml').uploadData(
      Buffer.from('lists: { c2: { type: network } }'),
    );
    const config = relayConfigSchema.parse({
      storage: { connection_string: azurite.connectionString },
      transforms_container: 'rules-lists',
      destinations: {},
      list_feeds: { c2: { url: 'https://feeds.example/c2.txt', format: 'text' } },
    });
    const store = containerListStore(config, 'rules-lists', () => undefined);
    const feed = config.list_feeds.c2;
    if (!feed) throw new Error('no feed');
    let status = 200;
    const http = () => ({
      send: async () => ({
        status,
        header: (name: string) => (name === 'etag' ? '"a"' : undefined),
        cookies: [],
        body: status === 200 ? '192.0.2.0/24\n' : '',
      }),
      close: async () => {},
    });
    const pull = () =>
      pullFeed('c2', feed, { store, http, clock: systemClock }, new AbortController().signal);
    expect(await pull()).toMatchObject({ kind: 'written', entries: 1 });
    const blobs = createAzureBlobStore(service, azurite.account);
    const first = await readRuleContainer(blobs, 'rules-lists', undefined);
    expect(first?.files.map(({ path }) => path)).toEqual(['lists/c2.csv', 'lists/lists.yaml']);
    status = 304;
    expect(await pull()).toEqual({ kind: 'unchanged', entries: 1 });
    // The blob was written anew: its time has changed, so the relay looks at it again.
    const second = await readRuleContainer(blobs, 'rules-lists', first?.signature);
    expect(second?.files[0]?.text).toBe('value\n192.0.2.0/24\n');
    const missing = containerListStore(config, 'no-such-container', () => undefined);
    await expect(missing.read('lists/.feeds/c2.json')).rejects.toMatchObject({ code: 'blob_gone' });
  });
});

describe('Azure: BlobStore and memory', () => {
  it('reads 48 MiB and holds less than a third of that at any time', async () => {
    await service.createContainer('memory');
    await clientOf('memory', 'big.json').uploadData(Buffer.alloc(48 * 1_048_576, 'x'));
    const reader = fileURLToPath(new URL('azure-reader.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', reader, 'memory', 'big.json'],
      { env: { ...process.env, CONNECTION_STRING: azurite.connectionString } },
    );
    const { bytes, held } = JSON.parse(stdout);
    expect(bytes).toBe(48 * 1_048_576);
    expect(held).toBeLessThan(16 * 1_048_576);
  });
});

describe.each(READERS)('Azure: BlobStore over a bad network, where $reader reads', ({ downloads }) => {
  let proxy: FaultProxy;
  const container = 'faults';
  const size = 3 * 1_048_576;
  const content = Buffer.from(Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 0xff));

  beforeAll(async () => {
    proxy = await startFaultProxy(azurite.blobEndpoint);
    await service.getContainerClient(container).createIfNotExists();
    await clientOf(container, 'b.json').uploadData(content);
    const client = service.getContainerClient(container).getAppendBlobClient('growing.json');
    await client.create();
    await client.appendBlock(content, size);
  });
  afterAll(() => proxy?.close());
  beforeEach(() => {
    proxy.requests.length = 0;
    proxy.fault = () => undefined;
  });

  const ref = (name: string) => ({ account: azurite.account, container, name });

  function store(options: Parameters<typeof createAzureBlobStore>[2] = {}) {
    const through = azurite.connectionString.replaceAll(new URL(azurite.blobEndpoint).origin, proxy.url);
    return createAzureBlobStore(accountAt(through, downloads).service, azurite.account, options);
  }

  async function bytes(name: string, start = 0, options: Parameters<typeof createAzureBlobStore>[2] = {}) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store(options).read(ref(name), { start, end: size })) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  it('asks for ranges of at most 4 MiB and never for a version', async () => {
    expect((await bytes('b.json', 0, { pieceBytes: 1_048_576 })).equals(content)).toBe(true);
    const ranges = proxy.requests.map((request) => request.headers['x-ms-range']);
    expect(ranges).toEqual(['bytes=0-1048575', 'bytes=1048576-2097151', 'bytes=2097152-3145727']);
    for (const request of proxy.requests) {
      expect(Object.keys(request.headers).filter((header) => header.startsWith('if-'))).toEqual([]);
    }
  });

  it('goes on from the byte it reached when the connection drops', async () => {
    let cuts = 0;
    proxy.fault = () => (cuts++ < 3 ? { kind: 'cut', after: 100_000 } : undefined);
    expect((await bytes('b.json', 7)).equals(content.subarray(7))).toBe(true);
    expect(proxy.requests.map((request) => request.headers['x-ms-range'])).toEqual([
      'bytes=7-3145727',
      'bytes=100007-3145727',
      'bytes=200007-3145727',
      'bytes=300007-3145727',
    ]);
  });

  it('goes on although the blob has grown since the connection dropped', async () => {
    let cuts = 0;
    proxy.fault = () => (cuts++ < 1 ? { kind: 'cut', after: 100_000 } : undefined);
    const chunks: Uint8Array[] = [];
    for await (const chunk of store().read(ref('growing.json'), { start: 0, end: size + 5 })) {
      if (chunks.length === 0) {
        await service
          .getContainerClient(container)
          .getAppendBlobClient('growing.json')
          .appendBlock('12345', 5);
      }
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(Buffer.concat([content, Buffer.from('12345')]))).toBe(true);
    expect(proxy.requests.every((request) => request.headers['if-match'] === undefined)).toBe(true);
  });

  it('goes on when a body stands still', async () => {
    let stalls = 0;
    proxy.fault = () => (stalls++ < 1 ? { kind: 'stall', after: 50_000 } : undefined);
    expect((await bytes('b.json', 0, { timeoutMs: 3_000 })).equals(content)).toBe(true);
    expect(proxy.requests).toHaveLength(2);
  });

  it('gives up after some tries without progress', async () => {
    proxy.fault = () => ({ kind: 'cut', after: 0 });
    await expect(bytes('b.json', 0, { tries: 2 })).rejects.toMatchObject({ code: 'storage_unavailable' });
    proxy.fault = () => ({ kind: 'status', status: 503, code: 'ServerBusy' });
    await expect(bytes('b.json', 0, { tries: 2 })).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('HTTP 503 ServerBusy'),
    });
    await expect(store().stat(ref('b.json'))).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it.each([
    [409, 'BlobArchived', 'blob_archived'],
    [409, 'BlobBeingRehydrated', 'blob_archived'],
    [409, 'BlobUsesCustomerSpecifiedEncryption', 'blob_unreadable'],
    [400, 'InvalidBlobType', 'blob_unreadable'],
    [412, 'ConditionNotMet', 'blob_unreadable'],
    [403, 'AuthorizationPermissionMismatch', 'blob_forbidden'],
  ])('takes %d %s for trouble of one blob, and asks once', async (status, code, wanted) => {
    proxy.fault = () => ({ kind: 'status', status, code });
    await expect(bytes('b.json')).rejects.toMatchObject({ code: wanted });
    await expect(store().stat(ref('b.json'))).rejects.toMatchObject({ code: wanted });
    expect(proxy.requests).toHaveLength(2);
  });

  it('does not give the pieces of two contents for one', async () => {
    const { name } = ref('two.json');
    await clientOf(container, name).uploadData(content);
    const read = async () => {
      for await (const _ of store({ pieceBytes: 1_048_576 }).read(ref(name), { start: 0, end: size })) {
        await clientOf(container, name).setMetadata({ written: 'again' });
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'blob_replaced' });
  });

  it('does not take other bytes for those that it asked for', async () => {
    const other = { kind: 'headers', headers: { 'content-range': `bytes 0-9/${size}` } } as const;
    let answers = 0;
    proxy.fault = () => (answers++ === 1 ? other : undefined);
    expect((await bytes('b.json', 0, { pieceBytes: 1_048_576 })).equals(content)).toBe(true);
    expect(proxy.requests.map((request) => request.headers['x-ms-range'])).toEqual([
      'bytes=0-1048575',
      'bytes=1048576-2097151',
      'bytes=1048576-2097151',
      'bytes=2097152-3145727',
    ]);
    proxy.fault = (request) => (request.method === 'GET' ? other : undefined);
    // The service's clock may have gone on by a second between the two.
    const stat = { ...(await store().stat(ref('growing.json'))), asOf: expect.any(Number) };
    expect(await store().peek(ref('growing.json'), 5)).toEqual({ stat });
    await expect(bytes('b.json', 7, { tries: 2 })).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('other bytes'),
    });
  });

  it('survives passing trouble', async () => {
    let answers = 0;
    proxy.fault = () => (answers++ < 2 ? { kind: 'status', status: 500 } : undefined);
    expect((await bytes('b.json')).equals(content)).toBe(true);
  });

  it.each([
    [401, 'NoAuthenticationInformation'],
    [403, 'AuthorizationPermissionMismatch'],
  ])('says that it may not read: %i', async (status, code) => {
    proxy.fault = () => ({ kind: 'status', status, code });
    const forbidden = { code: 'blob_forbidden', message: expect.stringContaining(`HTTP ${status} ${code}`) };
    await expect(bytes('b.json')).rejects.toMatchObject(forbidden);
    await expect(store().stat(ref('b.json'))).rejects.toMatchObject({ code: 'blob_forbidden' });
    expect(proxy.requests).toHaveLength(2);
  });

  it('says that a blob that vanishes between two requests is gone', async () => {
    let answers = 0;
    proxy.fault = () => (answers++ < 1 ? undefined : { kind: 'status', status: 404, code: 'BlobNotFound' });
    await expect(bytes('b.json', 0, { pieceBytes: 1_048_576 })).rejects.toMatchObject({ code: 'blob_gone' });
  });

  it('says that nobody answers', async () => {
    const { connectionString, blobPort, account } = azurite;
    const dead = connectionString.replaceAll(`:${blobPort}/`, ':9/');
    const unreachable = createAzureBlobStore(accountAt(dead).service, account, { tries: 1 });
    await expect(unreachable.stat(ref('b.json'))).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it('shows no secret in its errors', async () => {
    const { connectionString, account, blobEndpoint } = azurite;
    const key = /AccountKey=([^;]+)/.exec(connectionString)?.[1] ?? '';
    const wrong = createAzureBlobStore(
      accountAt(connectionString.replace(key, Buffer.alloc(64, 1).toString('base64'))).service,
      account,
    );
    const error = await wrong.stat(ref('b.json')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'blob_forbidden' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(
      /AQEBAQ|SharedKey|Signature/,
    );
    expect(new StorageSharedKeyCredential(account, key).accountName).toBe(account);
    expect(blobEndpoint).toContain(account);
  });
});

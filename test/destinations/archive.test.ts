/** What the archive holds, whatever happens on the way: against a substitute in memory, and against Azurite. */
import { BlobServiceClient } from '@azure/storage-blob';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { offsetsIn } from '../../lab/receivers/archive-offsets.ts';
import { type BlobService, blobService, linesIn } from '../../lab/receivers/blob-service.ts';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import type { BlobEntry } from '../../src/blobs/port.ts';
import { detectFormat, readRows } from '../../src/blobs/rows/read-rows.ts';
import { archiveConfig } from '../../src/destinations/archive/config.ts';
import { folderOf, PART_BYTES, partOf } from '../../src/destinations/archive/place-of.ts';
import { MOST_ROWS, readKeys, writtenKeys } from '../../src/destinations/archive/row-keys.ts';
import { archiveSender } from '../../src/destinations/archive/send.ts';
import { createDestination } from '../../src/destinations/create.ts';
import type { Sender } from '../../src/destinations/descriptor.ts';
import { DestinationRefusedError, RetryableError } from '../../src/destinations/errors.ts';
import type { HttpClient } from '../../src/destinations/http.ts';
import type { Batch, Destination } from '../../src/destinations/port.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { hourOf, isRowBlobName } from '../../src/shared/blob-ref.ts';
import { systemClock } from '../../src/shared/clock.ts';
import type { Envelope } from '../../src/shared/event.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { depsOf } from './deps.ts';
import { alert, batchOf, envelope } from './samples.ts';

const SIGNAL = new AbortController().signal;
const CONTAINER = 'xdr-archive';
const entry = archiveConfig.parse({
  type: 'archive',
  connection_string: 'AccountName=contosoarchive;AccountKey=YQ==',
});
/** For its encoding. */
const made = createDestination('archive', entry, depsOf(nodeHttpClient));

const reading = (batch: Batch): Batch => ({ ...batch, reading: '1764000000000.0' });
const batch = (envelopes: readonly Envelope[]) => reading(batchOf(made, envelopes));

/** What happens to one request. */
type Lost = 'before' | 'after' | undefined;

/** A client of the service in memory. @param turn resolves when the request may go. */
function clientOf(
  service: Pick<BlobService, 'handle'>,
  lose: () => Lost,
  turn: () => Promise<unknown> = async () => {},
): HttpClient {
  return {
    async send({ method, url, headers, body }) {
      await turn();
      const lost = lose();
      if (lost === 'before') throw new RetryableError('connection_lost', 'before');
      const wire = typeof body === 'string' ? Buffer.from(body) : (body ?? new Uint8Array());
      const { pathname, search } = new URL(url);
      const reply = service.handle({ method, path: `${pathname}${search}`, headers, wire });
      await turn();
      if (lost === 'after') throw new RetryableError('connection_lost', 'after');
      const given = new Map(Object.entries(reply.headers ?? {}));
      return {
        status: reply.status,
        header: (name) => given.get(name),
        cookies: [],
        body: reply.body ?? '',
      };
    },
    async close() {},
  };
}

function senderOf(http: HttpClient, mostBlocks?: number): Sender {
  const context = () => ({ who: 'Azure Storage', secrets: [], now: 0, retryAfterMaxMs: 1 });
  return archiveSender(entry, { http, clock: systemClock, context }, mostBlocks);
}

const never = (): Lost => undefined;

/** One thing that a consumer does. */
interface Step {
  /** Rows of the batch; a row that fails alone is left out and sent afterwards by itself. */
  readonly rows: number;
  readonly leavesOut: number | undefined;
  readonly commits: boolean;
  readonly crashes: boolean;
}

const step = fc.record<Step>({
  rows: fc.integer({ min: 1, max: 9 }),
  leavesOut: fc.option(fc.nat(8), { nil: undefined, freq: 4 }),
  commits: fc.boolean(),
  crashes: fc.boolean(),
});
const lost = fc.option(fc.constantFrom<Lost>('before', 'after'), { nil: undefined, freq: 4 });

/** A row that fails alone is sent behind the others. */
function partsOf<T>(rows: readonly T[], { leavesOut }: Step): readonly (readonly T[])[] {
  const alone = rows.filter((_, at) => at === leavesOut);
  return [rows.filter((_, at) => at !== leavesOut), alone].filter((part) => part.length > 0);
}

async function takes(sender: Sender, parts: readonly (readonly (readonly Envelope[])[])[]): Promise<boolean> {
  try {
    for (const part of parts) await sender.send(batch(part.flat()), SIGNAL);
    return true;
  } catch (error) {
    if (error instanceof RetryableError) return false;
    throw error;
  }
}

describe('archive: each row once', () => {
  /** Rows of one source blob, some of which raise an alert, over several parts. */
  const rows = Array.from({ length: 40 }, (_, at) => {
    const source = { ...envelope(at).source, offset: at * Math.floor(PART_BYTES / 25) + at };
    return [envelope(at, { source }), ...(at % 7 === 0 ? [alert(at, { source })] : [])];
  });

  it('whatever is cut, lost or repeated, and whoever else writes', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(step, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
      fc.array(lost, { maxLength: 60 }),
      fc.constantFrom(2, 500),
      async (scheduler, plans, losses, mostBlocks) => {
        const service = blobService({ containers: [CONTAINER] });
        const left = [...losses];
        const turn = () => scheduler.schedule(Promise.resolve());
        const http = clientOf(service, () => left.shift(), turn);
        let committed = 0;

        async function consumer(steps: readonly Step[]): Promise<void> {
          let sender = senderOf(http, mostBlocks);
          let at = committed;
          for (const one of steps) {
            const all = rows.slice(at, at + one.rows);
            if (await takes(sender, partsOf(all, one))) {
              at += all.length;
              if (one.commits) committed = Math.max(committed, at);
            }
            if (!one.crashes) continue;
            sender = senderOf(http, mostBlocks);
            at = committed;
          }
        }

        await scheduler.waitFor(Promise.all(plans.map(consumer)));
        left.length = 0;
        const last = senderOf(clientOf(service, never), mostBlocks);
        await last.send(batch(rows.slice(committed).flat()), SIGNAL);
        expect(service.lines(CONTAINER).toSorted()).toEqual(linesOf(rows.flat()).toSorted());
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  it('in the order of the source blob where none fails alone', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 8, maxLength: 8 });
    const property = fc.asyncProperty(cuts, fc.nat(30), async (sizes, from) => {
      const service = blobService({ containers: [CONTAINER] });
      const http = clientOf(service, never);
      for (const start of [0, from]) {
        const sender = senderOf(http);
        let at = start;
        for (const size of sizes) {
          await sender.send(batch(rows.slice(at, at + size).flat()), SIGNAL);
          at += size;
        }
        await sender.send(batch(rows.slice(at).flat()), SIGNAL);
      }
      const events = service.names(CONTAINER).filter((name) => !name.startsWith('XdrRelayAlerts/'));
      const lines = events.flatMap((name) => linesIn(service.bytes(CONTAINER, name)));
      expect(lines).toEqual(linesOf(rows.flatMap(([event]) => event ?? [])));
    });
    await fc.assert(property, { numRuns: 15 });
  });

  it('sends nothing for a batch that is there, and only what is missing of another', async () => {
    const service = blobService({ containers: [CONTAINER] });
    const requests: string[] = [];
    const handle: BlobService['handle'] = (request) => {
      requests.push(`${request.method} ${/comp=\w+/.exec(request.path)?.[0] ?? 'bytes'}`);
      return service.handle(request);
    };
    const events = Array.from({ length: 6 }, (_, at) => envelope(at));
    const open = () => senderOf(clientOf({ handle }, never));
    const first = open();
    await first.send(batch(events.slice(0, 2)), SIGNAL);
    await first.send(batch(events.slice(2, 4)), SIGNAL);
    expect(requests.splice(0)).toEqual([
      ...['GET comp=blocklist', 'PUT comp=block', 'PUT comp=blocklist'],
      ...['PUT comp=block', 'PUT comp=blocklist'],
    ]);
    const second = open();
    await second.send(batch(events.slice(2, 4)), SIGNAL);
    expect(requests.splice(0)).toEqual(['GET comp=blocklist']);
    await second.send(batch(events.slice(1)), SIGNAL);
    expect(requests).toEqual(['GET bytes', 'GET bytes', 'PUT comp=block', 'PUT comp=blocklist']);
    expect(service.lines(CONTAINER)).toEqual(linesOf(events));
  });

  it('goes on after a lost answer, whether the request was carried out or not', async () => {
    const service = blobService({ containers: [CONTAINER] });
    const losses: Lost[] = [];
    const sender = senderOf(clientOf(service, () => losses.shift()));
    await sender.send(batch([envelope(1)]), SIGNAL);
    for (const how of ['before', 'after'] as const) {
      for (const at of [0, 1]) {
        const some = batch([envelope(how === 'before' ? 2 + at : 4 + at)]);
        // The block, or the list of blocks behind it.
        losses.push(...(at === 0 ? [how] : [undefined, how]));
        await expect(sender.send(some, SIGNAL)).rejects.toBeInstanceOf(RetryableError);
        await sender.send(some, SIGNAL);
      }
    }
    expect(service.lines(CONTAINER)).toEqual(linesOf([1, 2, 3, 4, 5].map((at) => envelope(at))));
  });

  it('keeps both forms of a row that is sent in two, also where they come in two batches', async () => {
    const service = blobService({ containers: [CONTAINER] });
    const forms = [envelope(1), envelope(1, { event: { DeviceName: 'other' } })];
    for (const _ of [1, 2]) {
      const sender = senderOf(clientOf(service, never));
      for (const form of forms) await sender.send(batch([form]), SIGNAL);
    }
    expect(service.lines(CONTAINER)).toHaveLength(2);
  });

  it('gives up on a blob that somebody else writes all the time, for a while', async () => {
    const service = blobService({ containers: [CONTAINER] });
    const other = senderOf(clientOf(service, never));
    let at = 100;
    const handle: BlobService['handle'] = (request) =>
      request.path.includes('comp=blocklist') && request.method === 'PUT'
        ? { status: 412, headers: { 'x-ms-error-code': 'ConditionNotMet' } }
        : service.handle(request);
    await other.send(batch([envelope(at++)]), SIGNAL);
    const sender = senderOf(clientOf({ handle }, never));
    await expect(sender.send(batch([envelope(1)]), SIGNAL)).rejects.toBeInstanceOf(RetryableError);
  });

  it('puts what is sent again on purpose beside it, once for the same rows', async () => {
    const service = blobService({ containers: [CONTAINER] });
    const sender = senderOf(clientOf(service, never));
    await sender.send(batch([envelope(1), envelope(2), envelope(3)]), SIGNAL);
    const { reading: _, ...again } = batch([envelope(1), envelope(3)]);
    for (const __ of [1, 2]) await sender.send(again, SIGNAL);
    // With the same first and last row and as many.
    const { reading: ___, ...other } = batch([envelope(1), envelope(2), envelope(3)]);
    const { reading: ____, ...another } = batch([envelope(1), envelope(4), envelope(3)]);
    await sender.send(other, SIGNAL);
    await sender.send(another, SIGNAL);
    expect(service.names(CONTAINER)).toHaveLength(4);
    expect(service.lines(CONTAINER)).toHaveLength(3 + 2 + 3 + 3);
  });

  it('says of what is sent again where each row is from, also where dead letters of several blobs come in one batch', async () => {
    const service = blobService({ containers: [CONTAINER] });
    const sources = new Map<string, string>();
    const handle: BlobService['handle'] = (request) => {
      const { 'x-ms-meta-source': source } = request.headers;
      if (source !== undefined) sources.set(request.path.slice(`/${CONTAINER}/`.length), String(source));
      return service.handle(request);
    };
    const from = (blob: string, offset: number): Envelope => {
      const made = envelope(offset);
      return { ...made, source: { ...made.source, blob, offset } };
    };
    const letters = [from('b.json', 900), from('a.json', 700), from('b.json', 20), from('a.json', 7)];
    const { reading: _, ...again } = batch(letters);
    await senderOf(clientOf({ handle }, never)).send(again, SIGNAL);
    const places = service.names(CONTAINER).map((name) => {
      const bytes = service.bytes(CONTAINER, name);
      return [sources.get(name)?.split('/').at(-1), offsetsIn(bytes, [bytes.length])];
    });
    expect(new Map(places as [string, number[]][])).toEqual(
      new Map([
        ['a.json', [7, 700]],
        ['b.json', [20, 900]],
      ]),
    );
    expect(service.lines(CONTAINER)).toHaveLength(4);
  });
});

/** What the archive has for rows, in the shape `raw`. */
function linesOf(envelopes: readonly Envelope[]): readonly string[] {
  return batchOf(made, envelopes).items.map((item) => Buffer.from(item.payload()).toString().trimEnd());
}

describe('archive: names', () => {
  const head = envelope(1);

  it('has folders by table and hour, as tools for partitioned data expect', () => {
    expect(folderOf(head)).toBe('DeviceProcessEvents/y=2026/m=11/d=23/h=07/');
    expect(folderOf(alert(1))).toBe('XdrRelayAlerts/y=2026/m=11/d=23/h=07/');
    const elsewhere = { ...head, source: { blob: 'own/rows.json', offset: 0 } };
    expect(folderOf({ ...elsewhere, time: '2026-01-02T23:59:59Z' })).toBe(
      'DeviceProcessEvents/y=2026/m=01/d=02/h=23/',
    );
    expect(folderOf({ ...elsewhere, time: 'soon' })).toBe('DeviceProcessEvents/undated/');
    for (const table of ['..', '.', '', '../../x', 'a/b', 'Ä', 'x'.repeat(2_000)]) {
      expect(folderOf({ ...head, table })).toMatch(/^(?!\.+\/)[\w.-]{1,100}\/y=/);
    }
  });

  it('differ by source, blob, content, part, and for alerts', () => {
    const { blob } = head.source;
    const names = [
      partOf(head, '1.0'),
      partOf(head, '1.1'),
      partOf({ ...head, source: { blob, offset: PART_BYTES } }, '1.0'),
      partOf({ ...head, source: { blob, offset: 0, name: 'eu' } }, '1.0'),
      partOf({ ...head, source: { blob: `${blob}x`, offset: 0 } }, '1.0'),
      partOf({ ...alert(1), table: 'XdrRelayAlerts' }, '1.0'),
      partOf({ ...head, table: 'XdrRelayAlerts' }, '1.0'),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(partOf({ ...head, source: { blob, offset: PART_BYTES - 1 } }, '1.0')).toBe(names[0]);
    for (const name of names) expect(name).toMatch(/^[\w/=.-]+$/);
  });

  it('fits the keys of a block into the header of a member', () => {
    const keys = Array.from({ length: MOST_ROWS }, (_, at) => ({ offset: at * 2 ** 40, digest: 'ab-_' }));
    const written = writtenKeys(keys);
    expect(written.length).toBeLessThan(65_000);
    expect(readKeys(written)?.size).toBe(MOST_ROWS);
    expect(readKeys(`${written},`)).toBeUndefined();
  });
});

describe('archive: Azurite', () => {
  let azurite: Azurite;
  let service: BlobServiceClient;
  beforeAll(async () => {
    azurite = await azuriteAccount();
    service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    await service.createContainer(CONTAINER);
  }, 60_000);
  afterAll(() => azurite.stop());

  function opened(over: Record<string, unknown> = {}): Destination {
    const config = archiveConfig.parse({
      type: 'archive',
      connection_string: azurite.connectionString,
      allow_networks: ['127.0.0.1'],
      ...over,
    });
    return createDestination('archive', config, depsOf(nodeHttpClient, systemClock));
  }

  async function linesUnder(prefix: string): Promise<readonly string[]> {
    const lines: string[] = [];
    const container = service.getContainerClient(CONTAINER);
    for await (const { name } of container.listBlobsFlat({ prefix })) {
      lines.push(...linesIn(await container.getBlobClient(name).downloadToBuffer()));
    }
    return lines;
  }

  it('holds each row once after crashes, other cuts and two writers at once', async () => {
    const events = Array.from({ length: 30 }, (_, at) => envelope(at, { table: 'T1' }));
    const run = async (from: number, size: number) => {
      const destination = opened();
      for (let at = from; at < events.length; at += size) {
        const some = reading(batchOf(destination, events.slice(at, at + size)));
        // As delivery does: what fails for now is sent again.
        for (let tries = 0; tries < 20; tries += 1) {
          try {
            await destination.send(some, SIGNAL);
            break;
          } catch (error) {
            if (!(error instanceof RetryableError)) throw error;
          }
        }
      }
      await destination.close();
    };
    await Promise.all([run(0, 4), run(0, 7)]);
    await run(11, 5);
    expect((await linesUnder('T1/')).toSorted()).toEqual(linesOf(events).toSorted());
  });

  it('waits with rows that a damaged block may have, and goes on when its blob was moved away', async () => {
    const events = [envelope(1, { table: 'T8' }), envelope(2, { table: 'T8' })];
    await opened().send(reading(batchOf(opened(), events)), SIGNAL);
    const container = service.getContainerClient(CONTAINER);
    const { value: { name } = { name: '' } } = await container.listBlobsFlat({ prefix: 'T8/' }).next();
    const blob = container.getBlockBlobClient(name);
    const bytes = await blob.downloadToBuffer();
    const { committedBlocks: [block] = [] } = await blob.getBlockList('committed');
    const id = block?.name ?? '';
    bytes.fill(0x2d, 20, 24);
    await blob.stageBlock(id, bytes, bytes.length);
    await blob.commitBlockList([id]);
    const again = opened();
    const other = reading(batchOf(again, [envelope(2, { table: 'T8', event: { ProcessId: 7 } })]));
    await expect(again.send(other, SIGNAL)).rejects.toMatchObject({
      name: 'RetryableError',
      code: 'archive_damaged',
      message: expect.stringContaining(`the block ${id} of ${name}, `),
    });
    await blob.delete();
    await again.send(other, SIGNAL);
    expect((await linesUnder('T8/')).length).toBe(1);
  });

  it('is read again as a source, member by member', async () => {
    const events = Array.from({ length: 9 }, (_, at) => envelope(at, { table: 'T3' }));
    const destination = opened();
    for (const at of [0, 3, 6]) {
      await destination.send(reading(batchOf(destination, events.slice(at, at + 3))), SIGNAL);
    }
    const store = createAzureBlobStore(service, azurite.account);
    const found: BlobEntry[] = [];
    for await (const blob of store.list(CONTAINER, 'T3/')) found.push(blob);
    const [blob] = found;
    if (blob === undefined) throw new Error('nothing was archived');
    const { ref, length } = blob;
    expect([isRowBlobName(ref.name), hourOf(ref.name)]).toEqual([true, Date.UTC(2026, 10, 23, 7)]);
    const format = await detectFormat(store, ref, blob);
    const lines: string[] = [];
    for await (const page of readRows(store, ref, { start: 0, length, format, rowLimit: 1_048_576 })) {
      if (page.kind === 'rows') lines.push(...page.rows.map(({ bytes }) => bytes.toString()));
    }
    expect(lines).toEqual(linesOf(events));
  });

  it('takes a signature of the container, and writes the tier and where the rows are from', async () => {
    const container = service.getContainerClient(CONTAINER);
    const { ContainerSASPermissions } = await import('@azure/storage-blob');
    const url = await container.generateSasUrl({
      permissions: ContainerSASPermissions.parse('rcw'),
      expiresOn: new Date(Date.now() + 3_600_000),
    });
    const destination = opened({
      connection_string: undefined,
      blob_endpoint: azurite.blobEndpoint,
      sas_token: new URL(url).search,
      access_tier: 'Cool',
    });
    await destination.send(reading(batchOf(destination, [envelope(1, { table: 'T2' })])), SIGNAL);
    const { value: { name } = { name: '' } } = await container.listBlobsFlat({ prefix: 'T2/' }).next();
    const { metadata, accessTier, contentType } = await container.getBlobClient(name).getProperties();
    expect(decodeURI(metadata?.source ?? '')).toBe(envelope(1).source.blob);
    expect([accessTier, contentType]).toEqual(['Cool', 'application/gzip']);
  });

  it('says what is wrong with a key, and that the container is missing', async () => {
    const wrong = azurite.connectionString.replace(/AccountKey=[^;]+/, 'AccountKey=d3Jvbmc=');
    for (const [over, code, words] of [
      [{ connection_string: wrong }, 'not_authorized', /403/],
      [{ container: 'not-there' }, 'not_found', /create the container/],
    ] as const) {
      const destination = opened(over);
      const sent = destination.send(reading(batchOf(destination, [envelope(1)])), SIGNAL);
      await expect(sent).rejects.toMatchObject({ name: 'DestinationRefusedError', code });
      await expect(sent).rejects.toThrow(words);
    }
  });
});

describe('archive: refusals', () => {
  it('says that a policy keeps blobs as they are', async () => {
    const service = blobService({ containers: [CONTAINER], isImmutable: () => true });
    const sender = senderOf(clientOf(service, never));
    await sender.send(batch([envelope(1)]), SIGNAL);
    const sent = sender.send(batch([envelope(2)]), SIGNAL);
    await expect(sent).rejects.toBeInstanceOf(DestinationRefusedError);
    await expect(sent).rejects.toThrow(/immutability policy/);
  });

  it('signs in as the relay does, and shows no token', async () => {
    const asked: string[] = [];
    const token = 'a-token-of-entra';
    const seen: (string | undefined)[] = [];
    const http: HttpClient = {
      async send({ headers }) {
        seen.push(headers.authorization);
        return { status: 403, header: () => undefined, cookies: [], body: `no ${token}` };
      },
      async close() {},
    };
    const sender = archiveSender(
      archiveConfig.parse({ type: 'archive', account: 'contoso', cloud: 'china' }),
      {
        http,
        clock: systemClock,
        context: () => ({ who: 'Azure Storage', secrets: [], now: 0, retryAfterMaxMs: 1 }),
        credentials: ({ authority }) => ({
          async getToken(scope) {
            asked.push(`${authority} ${scope}`);
            return { token };
          },
        }),
      },
    );
    const sent = sender.send(batch([envelope(1)]), SIGNAL);
    await expect(sent).rejects.toThrow('Azure Storage answered 403: no ***');
    expect(asked).toEqual(['https://login.partner.microsoftonline.cn https://storage.azure.com/.default']);
    expect(seen).toEqual([`Bearer ${token}`]);
  });

  it('asks for a new token, once, where one is refused before its time', async () => {
    const seen: (string | undefined)[] = [];
    let given = 0;
    const http: HttpClient = {
      async send({ headers }) {
        seen.push(headers.authorization);
        return { status: 401, header: () => undefined, cookies: [], body: `no ${headers.authorization}` };
      },
      async close() {},
    };
    const sender = archiveSender(archiveConfig.parse({ type: 'archive', account: 'contoso' }), {
      http,
      clock: systemClock,
      context: () => ({ who: 'Azure Storage', secrets: [], now: 0, retryAfterMaxMs: 1 }),
      credentials: ({ refused }) => ({
        getToken: async () => ({ token: refused === undefined ? 'first-token' : `second-token-${++given}` }),
      }),
    });
    await expect(sender.send(batch([envelope(1)]), SIGNAL)).rejects.toThrow('answered 401: no Bearer ***');
    expect(seen).toEqual(['Bearer first-token', 'Bearer second-token-1']);
    await expect(sender.send(batch([envelope(1)]), SIGNAL)).rejects.toThrow('answered 401');
    expect(seen).toHaveLength(3);
  });

  it('says of a blob in the archive tier that nothing more is taken, and which one it is', async () => {
    const http: HttpClient = {
      async send() {
        const header = (name: string) => (name === 'x-ms-error-code' ? 'BlobArchived' : undefined);
        return { status: 409, header, cookies: [], body: '' };
      },
      async close() {},
    };
    const sent = senderOf(http).send(batch([envelope(1)]), SIGNAL);
    await expect(sent).rejects.toThrow(
      /takes no rows at all: rehydrate it.*\(DeviceProcessEvents\/y=.*\.json\.gz\)/,
    );
  });

  it.each([
    [{}, '`blob_endpoint` or `connection_string` in its place'],
    [{ account: 'contoso', client_secret: 'x' }, 'have `tenant_id` and `client_id` beside it'],
    [{ account: 'contoso', sas_token: 'sig=x', client_id: 'y' }, '`sas_token` proves who writes already'],
    [{ connection_string: 'AccountName=a' }, 'an Azure Storage connection string'],
    [{ connection_string: 'UseDevelopmentStorage' }, 'an Azure Storage connection string'],
    [
      { connection_string: 'AccountName=a;AccountKey=YQ==', account: 'contoso' },
      '`connection_string` says where',
    ],
  ])('refuses the entry %j', (keys, message) => {
    const { error } = archiveConfig.safeParse({ type: 'archive', ...keys });
    expect(error?.message).toContain(message);
  });
});

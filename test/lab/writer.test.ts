import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { createGenerator } from '../../lab/generator/generator.ts';
import { createRandom } from '../../lab/generator/random.ts';
import type { NotificationRequest } from '../../lab/notifications.ts';
import { blobName, createWriter, type WriterOptions } from '../../lab/writer.ts';
import { parseNotifications } from '../../src/event-grid/notification.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const HOUR = Date.UTC(2026, 10, 23, 7);
let azurite: Azurite;
let service: BlobServiceClient;

beforeAll(async () => {
  azurite = await azuriteAccount();
  service = BlobServiceClient.fromConnectionString(azurite.connectionString);
});
afterAll(() => azurite.stop());

interface Place {
  readonly blob: string;
  readonly offset: number;
  readonly line: Buffer;
}

function setUp(seed: number, more: Partial<WriterOptions> = {}) {
  const generator = createGenerator({ seed, now: () => HOUR + 60_000 });
  const requests: NotificationRequest[] = [];
  const places: Place[] = [];
  const writer = createWriter({
    service,
    account: azurite.account,
    tenantId: generator.tenantId,
    random: createRandom(seed),
    notify: async (request) => void requests.push(request),
    now: () => HOUR + 60_000,
    onRow: ({ line }, blob, offset) => places.push({ blob, offset, line }),
    ...more,
  });
  return { generator, requests, places, writer };
}

async function content(path: string): Promise<Buffer> {
  const [container = '', ...name] = path.split('/');
  return service.getContainerClient(container).getBlobClient(name.join('/')).downloadToBuffer();
}

describe('the writer', () => {
  it('names blobs as Defender does', () => {
    expect(blobName('4b8c18bd-2f9f-4227-af55-9f1061cf9c32', HOUR + 59 * 60_000)).toBe(
      'tenantId=4b8c18bd-2f9f-4227-af55-9f1061cf9c32/y=2026/m=11/d=23/h=07/m=00/PT1H.json',
    );
  });

  it('appends every row at the place it said, in pieces that cut rows', async () => {
    const { generator, places, writer } = setUp(1);
    let cut = 0;
    for (let round = 0; round < 30; round++) {
      for (let i = 0; i < 60; i++) writer.add(generator.next());
      await writer.append();
      const largest = places.filter(({ blob }) => blob.includes('deviceprocessevents'))[0]?.blob ?? '';
      const sofar = await content(largest).catch(() => Buffer.alloc(0));
      if (sofar.length > 0 && !sofar.subarray(-2).equals(Buffer.from('\r\n'))) cut++;
    }
    expect(cut).toBeGreaterThan(5);
    await writer.finish();
    expect(writer.waiting).toBe(0);

    const blobs = new Map<string, Buffer>();
    for (const { blob, offset, line } of places) {
      if (!blobs.has(blob)) blobs.set(blob, await content(blob));
      expect(
        blobs
          .get(blob)
          ?.subarray(offset, offset + line.length)
          .equals(line),
      ).toBe(true);
    }
    const total = [...blobs.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect(total).toBe(places.reduce((sum, { line }) => sum + line.length, 0));
    expect(writer.appended).toBe(total);
    const [container = '', ...name] = [...blobs.keys()][0]?.split('/') ?? [];
    const properties = await service
      .getContainerClient(container)
      .getBlobClient(name.join('/'))
      .getProperties();
    expect(properties.blobType).toBe('AppendBlob');
  });

  it('announces each blob as Event Grid does, in both schemas, some twice and some late', async () => {
    const { generator, requests, places, writer } = setUp(2, { twice: 0.5, late: 0.5 });
    writer.setHour(HOUR - 3_600_000);
    for (let i = 0; i < 1500; i++) writer.add(generator.next());
    await writer.append();
    writer.setHour(undefined);
    for (let i = 0; i < 1500; i++) writer.add(generator.next());
    await writer.append();
    await writer.finish();

    const blobs = new Set(places.map(({ blob }) => blob));
    const urls: string[] = [];
    const schemas = new Set<string>();
    for (const { body, contentType } of requests) {
      const { events, malformed } = parseNotifications(JSON.parse(body));
      expect(malformed).toEqual([]);
      for (const event of events) {
        expect(event.type).toBe('Microsoft.Storage.BlobCreated');
        urls.push(event.data.url ?? '');
        schemas.add(contentType);
      }
      expect(body).toContain('"contentLength":0');
      expect(body).toContain('"blobType":"AppendBlob"');
    }
    expect(schemas.size).toBe(3);
    const expected = [...blobs].map((blob) => `${azurite.blobEndpoint}/${blob}`);
    expect(new Set(urls)).toEqual(new Set(expected));
    expect(urls.length).toBeGreaterThan(expected.length);
    expect([...blobs].some((blob) => blob.includes('/h=06/'))).toBe(true);
    expect([...blobs].some((blob) => blob.includes('/h=07/'))).toBe(true);
  });
});

import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { BlobError } from '../../src/blobs/errors.ts';
import type { BlobStore } from '../../src/blobs/port.ts';
import { withAhead } from '../../src/blobs/read-ahead.ts';
import type { BlobRef } from '../../src/shared/blob-ref.ts';

/** The store under test and a way to write what it reads. */
export interface BlobStoreHarness {
  readonly store: BlobStore;
  put(container: string, name: string, content: Uint8Array): Promise<BlobRef>;
  append(container: string, name: string, content: Uint8Array): Promise<BlobRef>;
  remove(ref: BlobRef): Promise<void>;
  createContainer(container: string): Promise<void>;
  /** Blobs in the long listing, more than two of its pages. */
  readonly many: number;
  /** Creates this many empty blobs. */
  fill(container: string, names: readonly string[]): Promise<void>;
}

const NAMES: readonly string[] = [
  'tenantId=0f1e2d3c-0000-4000-8000-000000000001/y=2026/m=11/d=23/h=07/m=00/PT1H.json',
  'a b+c&d=e?f#g.json',
  'percent %2F %252F 100%.json',
  'Überwachung/日本語/𝔘nicode ☃.json',
  'quotes\'and"more;:@,$!~*().json',
  'dots/../climbing/./here.json',
  '../escape.json',
  'trailing.dots..',
  'double//slash.json',
  '/leading.json',
  'trailing/',
  'brackets[1]{2}<3>|4^`.json',
];

/** What every {@link BlobStore} does. */
export function registerBlobStoreTests(name: string, make: () => Promise<BlobStoreHarness>): void {
  describe(`${name}: BlobStore`, () => {
    let harness: BlobStoreHarness;
    let store: BlobStore;
    const container = 'insights-logs-advancedhunting-deviceevents';
    const ref = (blob: string, inContainer = container): BlobRef => ({
      account: store.account,
      container: inContainer,
      name: blob,
    });

    beforeAll(async () => {
      harness = await make();
      store = harness.store;
      await harness.createContainer(container);
    }, 30_000);

    it('tells length, type and creation time', async () => {
      const before = Date.now();
      const blob = await harness.append(container, 'stat.json', text('hello'));
      const first = await store.stat(blob);
      expect(first).toMatchObject({ length: 5, type: 'append' });
      expect(Math.abs((first?.createdOn ?? 0) - before)).toBeLessThan(60_000);

      await harness.append(container, 'stat.json', text(' world'));
      const second = await store.stat(blob);
      expect(second).toMatchObject({ length: 11, createdOn: first?.createdOn });
      expect(second?.etag).not.toBe(first?.etag);
      for await (const entry of store.list(container, 'stat.json')) expect(entry.etag).toBe(second?.etag);
      expect(second?.lastModified).toBeGreaterThanOrEqual(first?.lastModified ?? Number.POSITIVE_INFINITY);

      await harness.put(container, 'stat-block.json', text('x'));
      expect(await store.stat(ref('stat-block.json'))).toMatchObject({ length: 1, type: 'block' });
      const [listed] = await all(store.list(container, 'stat.json'));
      const { asOf = second?.lastModified ?? 0, ...told } = second ?? {};
      expect(listed).toEqual({ ref: blob, ...told });
      expect(asOf).toBeGreaterThanOrEqual(second?.lastModified ?? Number.POSITIVE_INFINITY);
      expect(asOf - before).toBeLessThan(60_000);
    });

    it('has no stat for a blob or a container that is not there', async () => {
      expect(await store.stat(ref('nothing.json'))).toBeUndefined();
      expect(await store.stat(ref('nothing.json', 'no-such-container'))).toBeUndefined();
    });

    it('tells them with the bytes from an offset on, of a blob that grows', async () => {
      const blob = await harness.append(container, 'peek.json', text('0123456789'));
      const stat = await store.stat(blob);
      const { asOf: _, ...told } = stat ?? { asOf: 0 };
      const peeked = await store.peek(blob, 4);
      expect(peeked?.stat).toMatchObject(told);
      expect(peeked?.ahead).toMatchObject({ ref: blob, createdOn: stat?.createdOn, start: 4 });
      expect(Buffer.from(peeked?.ahead?.bytes ?? []).toString()).toBe('456789');

      await harness.append(container, 'peek.json', Buffer.alloc(1_048_576, 'x'));
      const grown = await store.peek(blob, 10);
      expect(grown?.stat).toMatchObject({ length: 1_048_586, createdOn: stat?.createdOn });
      expect(grown?.stat.etag).not.toBe(stat?.etag);
      expect(grown?.ahead?.bytes).toHaveLength(262_144);
    });

    it('tells the properties alone where there are no bytes to tell', async () => {
      const blob = await harness.append(container, 'peek-end.json', text('0123456789'));
      for (const from of [10, 11, 5_000]) {
        const peeked = await store.peek(blob, from);
        expect(peeked?.stat).toMatchObject({ length: 10, type: 'append' });
        expect(peeked?.ahead?.bytes.length ?? 0).toBe(0);
      }
      const empty = await harness.append(container, 'peek-empty.json', new Uint8Array());
      expect((await store.peek(empty, 0))?.stat.length).toBe(0);
      const block = await harness.put(container, 'peek-block.json', text('0123456789'));
      expect(await store.peek(block, 4)).toMatchObject({ stat: { length: 10, type: 'block' } });
      expect((await store.peek(block, 4))?.ahead).toBeUndefined();
      expect(await store.peek(ref('nothing.json'), 0)).toBeUndefined();
      expect(await store.peek(ref('nothing.json', 'no-such-container'), 0)).toBeUndefined();
    });

    it('reads on from bytes that it has, and asks for what is behind them', async () => {
      const blob = await harness.append(container, 'ahead.json', text('0123456789'));
      const ahead = (await store.peek(blob, 2))?.ahead;
      if (!ahead) throw new Error('no bytes');
      await harness.append(container, 'ahead.json', text('abc'));
      const asked: unknown[] = [];
      const counting: BlobStore = {
        ...store,
        read: (of, range, signal) => {
          asked.push([range.start, range.end]);
          return store.read(of, range, signal);
        },
      };
      const { createdOn } = ahead;
      const read = async (start: number, end: number, more = {}) => {
        const pieces = await all(withAhead(counting, ahead).read(blob, { start, end, ...more }));
        return Buffer.concat(pieces).toString();
      };
      expect(await read(2, 10, { createdOn })).toBe('23456789');
      expect(await read(5, 7)).toBe('56');
      expect(await read(7, 7)).toBe('');
      expect(asked.splice(0).filter((range) => String(range) !== '7,7')).toEqual([]);
      expect(await read(3, 13, { createdOn })).toBe('3456789abc');
      expect(asked.splice(0)).toEqual([[10, 13]]);
      expect(await read(1, 5, { createdOn })).toBe('1234');
      expect(await read(10, 13, { createdOn })).toBe('abc');
      expect(asked.splice(0)).toEqual([
        [1, 5],
        [10, 13],
      ]);
      await expect(read(3, 5, { createdOn: createdOn - 60_000 })).rejects.toMatchObject({
        code: 'blob_replaced',
      });
    });

    it('refuses the blobs of another account', async () => {
      const foreign = { ...ref('stat.json'), account: 'foreign' };
      await expect(store.stat(foreign)).rejects.toMatchObject({ code: 'blob_forbidden' });
      await expect(store.peek(foreign, 0)).rejects.toMatchObject({ code: 'blob_forbidden' });
      await expect(all(store.read(foreign, { start: 0, end: 1 }))).rejects.toMatchObject({
        code: 'blob_forbidden',
      });
    });

    it('reads ranges', async () => {
      await harness.put(container, 'range.json', text('0123456789'));
      expect(await read(0, 10)).toBe('0123456789');
      expect(await read(3, 7)).toBe('3456');
      expect(await read(9, 10)).toBe('9');
      expect(await read(4, 4)).toBe('');
      async function read(start: number, end: number) {
        return Buffer.concat(await all(store.read(ref('range.json'), { start, end }))).toString();
      }
    });

    it('ends early, and without an error, at the end of the blob', async () => {
      await harness.append(container, 'short.json', text('0123456789'));
      expect(Buffer.concat(await all(store.read(ref('short.json'), { start: 5, end: 500 }))).toString()).toBe(
        '56789',
      );
      expect(await all(store.read(ref('short.json'), { start: 10, end: 500 }))).toEqual([]);
      expect(await all(store.read(ref('short.json'), { start: 11, end: 500 }))).toEqual([]);
      await harness.append(container, 'empty.json', new Uint8Array());
      expect(await all(store.read(ref('empty.json'), { start: 0, end: 500 }))).toEqual([]);
    });

    it('says that a blob is gone', async () => {
      const gone = expect.objectContaining({ code: 'blob_gone' });
      await expect(all(store.read(ref('nothing.json'), { start: 0, end: 5 }))).rejects.toEqual(gone);
      await expect(all(store.read(ref('x', 'no-such-container'), { start: 0, end: 5 }))).rejects.toEqual(
        gone,
      );
      await expect(all(store.list('no-such-container', ''))).rejects.toEqual(gone);
      await expect(all(store.read(ref('nothing.json'), { start: 0, end: 5 }))).rejects.toBeInstanceOf(
        BlobError,
      );
    });

    it('reads on while the blob grows', async () => {
      const piece = Buffer.alloc(1_048_576, 'a');
      for (let written = 0; written < 6; written += 1) await harness.append(container, 'growing.json', piece);
      let length = 0;
      let appended = 0;
      for await (const chunk of store.read(ref('growing.json'), { start: 0, end: 9 * piece.length })) {
        length += chunk.length;
        if (appended < 3) {
          await harness.append(container, 'growing.json', piece);
          appended += 1;
        }
      }
      expect(appended).toBeGreaterThan(0);
      expect(length).toBeGreaterThanOrEqual(6 * piece.length);
      const rest = await all(store.read(ref('growing.json'), { start: length, end: 100 * piece.length }));
      expect(length + rest.reduce((sum, chunk) => sum + chunk.length, 0)).toBe((6 + appended) * piece.length);
    });

    it('gives bytes of one blob only', async () => {
      const blob = await harness.put(container, 'replaced.json', text('old'));
      const created = (await store.stat(blob))?.createdOn ?? 0;
      expect(await all(store.read(blob, { start: 0, end: 3, createdOn: created }))).toHaveLength(1);
      await expect(
        all(store.read(blob, { start: 0, end: 3, createdOn: created - 60_000 })),
      ).rejects.toMatchObject({
        code: 'blob_replaced',
      });
    });

    it('reads 24 MiB in small pieces', async () => {
      const size = 24 * 1_048_576;
      const content = Buffer.alloc(size);
      for (let at = 0; at < size; at += 4) content.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
      await harness.put(container, 'big.json', content);
      const wanted = createHash('sha256').update(content).digest('hex');
      const hash = createHash('sha256');
      let largest = 0;
      for await (const chunk of store.read(ref('big.json'), { start: 0, end: size })) {
        hash.update(chunk);
        largest = Math.max(largest, chunk.length);
      }
      expect(hash.digest('hex')).toBe(wanted);
      expect(largest).toBeLessThanOrEqual(4 * 1_048_576);
    });

    it('stops when asked to', async () => {
      const stop = new Error('enough');
      const already = AbortSignal.abort(stop);
      await expect(store.stat(ref('stat.json'), already)).rejects.toBe(stop);
      await expect(all(store.read(ref('stat.json'), { start: 0, end: 5 }, already))).rejects.toBe(stop);
      await expect(all(store.list(container, '', already))).rejects.toBe(stop);

      const controller = new AbortController();
      await harness.put(container, 'stopped.json', Buffer.alloc(9 * 1_048_576));
      const reading = (async () => {
        for await (const chunk of store.read(
          ref('stopped.json'),
          { start: 0, end: 9 * 1_048_576 },
          controller.signal,
        )) {
          if (chunk.length > 0) controller.abort(stop);
        }
      })();
      await expect(reading).rejects.toBe(stop);
    });

    it.each(NAMES)('takes the name %j as it is', async (blob) => {
      await harness.createContainer('odd-names');
      const content = text(`content of ${blob}`);
      const written = await harness.put('odd-names', blob, content);
      expect(written.name).toBe(blob);
      expect(await store.stat(written)).toMatchObject({ length: content.length });
      expect(Buffer.concat(await all(store.read(written, { start: 0, end: 500 })))).toEqual(
        Buffer.from(content),
      );
      expect((await all(store.list('odd-names', ''))).map((entry) => entry.ref.name)).toContain(blob);
      await harness.remove(written);
      expect(await store.stat(written)).toBeUndefined();
    });

    it.each([
      ['..', 'stat.json'],
      ['UPPER', 'stat.json'],
      ['', 'stat.json'],
      [container, ''],
      [container, '..'],
      [container, '\ud800.json'],
    ])('knows that there is no blob %j %j', async (inContainer, blob) => {
      expect(await store.stat(ref(blob, inContainer))).toBeUndefined();
      await expect(all(store.read(ref(blob, inContainer), { start: 0, end: 1 }))).rejects.toMatchObject({
        code: 'blob_gone',
      });
    });

    it('lists containers by prefix', async () => {
      await harness.createContainer('insights-logs-advancedhunting-alertinfo');
      await harness.createContainer('insights-logs-auditlogs');
      expect((await all(store.containers('insights-logs-advancedhunting-'))).sort()).toEqual([
        'insights-logs-advancedhunting-alertinfo',
        container,
      ]);
      expect(await all(store.containers('nobody-'))).toEqual([]);
    });

    it('lists more blobs than a page holds in order, and folders', async () => {
      await harness.createContainer('many');
      const wanted = Array.from({ length: harness.many }, (_, n) => {
        const hour = String(n % 24).padStart(2, '0');
        return `tenantId=t/y=2026/m=11/d=23/h=${hour}/m=00/PT1H_${String(n).padStart(5, '0')}.json`;
      });
      await harness.fill('many', [...wanted, 'tenantId=u/y=2026/x.json', 'top.json']);
      const names = (await all(store.list('many', 'tenantId=t/'))).map((entry) => entry.ref.name);
      expect(names).toEqual([...wanted].sort());
      const seventh = await all(store.list('many', 'tenantId=t/y=2026/m=11/d=23/h=07/'));
      expect(seventh).toHaveLength(wanted.filter((name) => name.includes('/h=07/')).length);
      expect(await all(store.folders('many', ''))).toEqual(['tenantId=t/', 'tenantId=u/']);
      expect(await all(store.folders('many', 'tenantId=t/y=2026/m=11/d=23/'))).toHaveLength(24);
      expect(await all(store.folders('many', 'tenantId=t/y=2027/'))).toEqual([]);
    });
  });
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

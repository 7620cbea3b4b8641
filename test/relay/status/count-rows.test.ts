import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryBlobStore } from '../../../lab/memory/blob-store.ts';
import { readRows } from '../../../src/blobs/rows/read-rows.ts';
import { type CountOptions, countRows } from '../../../src/relay/status/count-rows.ts';

/** A blob of these appended pieces: a read gives no piece longer than one of them. */
async function blobOf(...pieces: readonly (string | Uint8Array)[]) {
  const store = createMemoryBlobStore();
  for (const piece of pieces) store.append('c', 'b', Buffer.from(piece as string));
  const ref = { account: store.account, container: 'c', name: 'b' };
  const stat = await store.stat(ref);
  if (!stat) throw new Error('no blob');
  const count = (more: Partial<CountOptions> = {}) =>
    countRows(store, ref, {
      format: 'lines',
      length: stat.length,
      createdOn: stat.createdOn,
      final: true,
      cuts: [],
      ...more,
    });
  return { store, ref, stat, count };
}

describe('counting rows from bytes', () => {
  it('counts lines, not blank ones, and the last one of a finished blob only', async () => {
    const { count } = await blobOf('\ufeff{"a":1}\r\n\r\n \t\n{"b":2}\n', '{"half', '":3}');
    expect(await count()).toMatchObject({ rows: 3 });
    expect(await count({ final: false })).toMatchObject({ rows: 2, end: 25 });
  });

  it('counts the rows before each cut, also a row that a cut goes through as one behind it', async () => {
    const { count } = await blobOf('aa\nbb\ncc\n');
    const { before } = await count({ cuts: [9, 0, 3, 4, 3, 100] });
    expect([...before]).toEqual([
      [0, 0],
      [3, 1],
      [4, 1],
      [9, 3],
      [100, 3],
    ]);
  });

  it('counts the elements of documents, and rows of compressed data', async () => {
    const document = await blobOf('{"records":[{"a":1},{"b":"]"} ]}');
    expect(await document.count({ format: 'document' })).toMatchObject({ rows: 2 });
    const gzip = await blobOf(gzipSync('{"a":1}\n{"b":2}\n{"c":3}'));
    expect(await gzip.count({ format: 'gzip', cuts: [8] })).toMatchObject({
      rows: 3,
      before: new Map([[8, 1]]),
    });
  });

  it('counts the piece before a break in compressed data as the row it was', async () => {
    const whole = gzipSync(Array.from({ length: 2000 }, (_, n) => `{"n":${n * 7919}}\n`).join(''));
    const { count } = await blobOf(whole.subarray(0, whole.length / 2));
    const { rows } = await count({ format: 'gzip', final: false });
    expect(await count({ format: 'gzip' })).toMatchObject({ rows: rows + 1 });
  });

  it('finds the rows that the relay reads, whatever the bytes and the pieces they come in', async () => {
    const bytes = fc.array(fc.constantFrom(0x7b, 0x78, 0x20, 0x09, 0x0d, 0x0a, 0x0a, 0xef, 0xbb, 0xbf, 0xc3));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(bytes, fc.constant([0xef, 0xbb, 0xbf])), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (pieces, final) => {
          const { store, ref, stat, count } = await blobOf(...pieces.map((piece) => Buffer.from(piece)));
          const ends: number[] = [];
          const read = readRows(store, ref, {
            start: 0,
            length: stat.length,
            format: 'lines',
            rowLimit: 1000,
          });
          for await (const page of read) {
            if (page.kind === 'rows') ends.push(...page.rows.map(({ end }) => end));
            else if (final && page.rest) ends.push(page.rest.end);
          }
          const cuts = [0, 1, 2, 3, 5, 8, 13];
          const counted = await count({ final, cuts });
          expect(counted.rows).toBe(ends.length);
          expect([...counted.before]).toEqual(
            cuts.map((cut) => [cut, ends.filter((end) => end <= cut).length]),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

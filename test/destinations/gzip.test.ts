/** Compressed bodies: what any reader unpacks is what was packed, whatever the text, its length, and the text before. */
import { gunzipSync, gzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { gunzipSync as otherReader } from 'fflate';
import { describe, expect, it } from 'vitest';
import { type Deflate, wasmDeflater } from '../../src/destinations/deflate/wasm.ts';
import { gzipped } from '../../src/destinations/gzip.ts';
import { compileDeflater } from '../../src/hosts/node/compiled-deflater.ts';
import { runs } from '../support/runs.ts';

const CHUNK = 262_144;
const NO_MARGINS = { before: 0, behind: 0 };

const module = compileDeflater();
if (!module) throw new Error('run `npm run build:wasm`, which `npm ci` runs too');

function deflater(): Deflate {
  const deflate = module && wasmDeflater(module);
  if (!deflate)
    throw new Error('dist/wasm/deflate.wasm was built from other sources: run `npm run build:wasm`');
  return deflate;
}

/** Numbers from 0 up to, but not including, 1: the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** Texts of one length, each of which is hard for another part of the compressor. */
const KINDS: Readonly<Record<string, (length: number, next: () => number) => Buffer>> = {
  zeros: (length) => Buffer.alloc(length),
  noise: (length, next) => Buffer.from(Array.from({ length }, () => Math.floor(next() * 256))),
  // Each byte half as often as the one before: codes would be longer than the format has them.
  skewed: (length, next) =>
    Buffer.from(Array.from({ length }, () => Math.min(255, Math.floor(-Math.log2(1 - next()))))),
  // The same of a sum of all before, which makes the deepest tree.
  deepest(length, next) {
    const bytes: number[] = [];
    for (let [byte, count, after] = [0, 1, 1]; bytes.length < length; byte++) {
      for (let times = 0; times < count && bytes.length < length; times++) bytes.push(byte & 255);
      [count, after] = [after, count + after];
    }
    return shuffled(Buffer.from(bytes), next);
  },
  // More matches than one block takes.
  words(length, next) {
    const words = Array.from({ length: 300 }, () => Buffer.from(numberText(next()).slice(2, 8)));
    const all: Buffer[] = [];
    for (let bytes = 0; bytes < length; bytes += 6)
      all.push(words[Math.floor(next() * 300)] ?? Buffer.alloc(6));
    return Buffer.concat(all).subarray(0, length);
  },
  rows(length, next) {
    const all: string[] = [];
    for (let bytes = 0; bytes < length; bytes += all.at(-1)?.length ?? 0) {
      const [id, name] = [numberText(next()), ['a', 'bb', 'ccc'][Math.floor(next() * 3)]];
      all.push(
        `{"time":"2026-11-28T10:00:00.${id.slice(0, 3)}Z","DeviceId":"${id}","DeviceName":"${name}"}\n`,
      );
    }
    return Buffer.from(all.join('')).subarray(0, length);
  },
  // A piece of noise again and again, from as far away as a match may be, and farther.
  far(length, next) {
    const piece = Buffer.from(
      Array.from({ length: 32_700 + Math.floor(next() * 140) }, () => Math.floor(next() * 256)),
    );
    return Buffer.concat(Array.from({ length: Math.ceil(length / piece.length) }, () => piece)).subarray(
      0,
      length,
    );
  },
};

function numberText(number: number): string {
  return Math.floor(number * 2 ** 52)
    .toString(36)
    .padStart(11, '0');
}

function shuffled(bytes: Buffer, next: () => number): Buffer {
  for (let at = bytes.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    const byte = bytes[at] ?? 0;
    bytes[at] = bytes[other] ?? 0;
    bytes[other] = byte;
  }
  return bytes;
}

const lengths = fc.oneof(
  fc.integer({ min: 0, max: 400 }),
  fc.integer({ min: 16_000, max: 40_000 }),
  fc.integer({ min: CHUNK - 300, max: CHUNK + 300 }),
  fc.integer({ min: 3 * CHUNK - 2, max: 3 * CHUNK + 2 }),
);
const hard = fc
  .tuple(fc.constantFrom(...Object.values(KINDS)), lengths, fc.integer())
  .map(([make, length, seed]) => make(length, numbers(seed)));
/** Texts of small parts that repeat, which fast-check makes smaller. */
const repeating = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: 1, max: 300 })), { maxLength: 40 })
  .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array.from({ length: times }, () => part))));

describe('the compiled compressor', () => {
  it('keeps to its memory, which cannot grow', () => {
    const { memory, memoryEnd } = new WebAssembly.Instance(module).exports as {
      memory: { buffer: ArrayBuffer; grow(pages: number): number };
      memoryEnd(): number;
    };
    expect(memoryEnd()).toBeLessThanOrEqual(memory.buffer.byteLength);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it('is not used where it was compiled from other sources', () => {
    expect(wasmDeflater(new WebAssembly.Module(Buffer.from('0061736d01000000', 'hex')))).toBeUndefined();
  });

  it.each(Object.keys(KINDS))('packs %s, and makes them longer by an eighth at most', (kind) => {
    const deflate = deflater();
    for (const length of [1, 20_000, CHUNK, 3 * CHUNK + 7]) {
      const text = KINDS[kind]?.(length, numbers(length)) ?? Buffer.alloc(0);
      const all = deflate(text, NO_MARGINS);
      expect(inflateRawSync(all).equals(text)).toBe(true);
      expect(all.length).toBeLessThanOrEqual(200 + (length * 9) / 8);
    }
  });

  it('packs any texts one after the other, each as if it were the first', () => {
    const deflate = deflater();
    fc.assert(
      fc.property(fc.array(fc.oneof(hard, repeating), { minLength: 1, maxLength: 3 }), (texts) => {
        for (const text of texts) {
          const all = deflate(text, NO_MARGINS);
          if (!inflateRawSync(all).equals(text)) throw new Error('unpacks to another text');
          if (!Buffer.from(deflater()(text, NO_MARGINS)).equals(all))
            throw new Error('knows the text before');
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it('takes nothing of a text before, of which its memory has the end', () => {
    const deflate = deflater();
    // What is repeated begins the text, and has before it, where it is repeated, the byte that the text before ends with.
    const text = Buffer.from(`abcdefghijQabcdefghijQ${'x'.repeat(400)}`);
    deflate(Buffer.alloc(CHUNK + 1, 'Q'), NO_MARGINS);
    expect(inflateRawSync(deflate(text, NO_MARGINS)).toString()).toBe(text.toString());
  });

  it('leaves the margins free', () => {
    const text = KINDS.rows?.(50_000, numbers(1)) ?? Buffer.alloc(0);
    const all = deflater()(text, { before: 3, behind: 5 });
    expect([...all.subarray(0, 3), ...all.subarray(-5)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(inflateRawSync(all.subarray(3, -5)).equals(text)).toBe(true);
  });
});

describe('gzip', () => {
  // Of zlib, of the compressor, of several of its pieces, and of zlib in another thread.
  it.each([0, 100, 16_383, 16_384, 300_000, 4 << 20, (4 << 20) + 1])(
    'of %i bytes is what two readers unpack',
    async (length) => {
      const text = KINDS.rows?.(length, numbers(length)) ?? Buffer.alloc(0);
      const all = await gzipped(Uint8Array.from(text));
      expect(gunzipSync(all).equals(text)).toBe(true);
      expect(text.equals(otherReader(all))).toBe(true);
    },
  );

  it('of rows takes at most a twentieth more bytes than zlib takes at level 3', async () => {
    const text = KINDS.rows?.(1 << 20, numbers(5)) ?? Buffer.alloc(0);
    const { length } = await gzipped(Uint8Array.from(text));
    expect(length).toBeLessThan(gzipSync(text, { level: 3, memLevel: 9 }).length * 1.05);
  });
});

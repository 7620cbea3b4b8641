/** Compresses request bodies. */
import { promisify } from 'node:util';
import { crc32, gzip, gzipSync } from 'node:zlib';
import { compileDeflater } from '#compiled-deflater';
import { type Deflate, wasmDeflater } from './deflate/wasm.ts';

/** Costs what level 1 costs and is 10 to 15 % smaller; level 4 costs 60 % more. */
const LEVEL = 3;
/** Twice the memory of the default, 512 KiB while it compresses: fewer texts share a place in the table of those seen before, which takes 6 to 8 % less time. */
const MEMORY_LEVEL = 9;
/**
 * Output is allocated in pieces, which are joined to what is sent. A single large piece would be kept as it is while the request is on
 * its way, twice as large as what is in it. JSON shrinks to less than a quarter.
 */
const LEAST_PIECE = 16 * 1024;
const MOST_PIECE = 32 * 1024;
/**
 * Up to here it is done at once, some 4 to 7 ms a MiB: another thread would take a third more processor time, as both then work in each
 * other's way. Longer bodies would hold up the renewal of claims.
 */
const MOST_AT_ONCE = 4 * 1024 * 1024;
/**
 * From here on the relay's own compressor does it, where there is a compiled one: it takes little more than half of zlib's time for rows, and
 * what it makes is no larger. It clears its tables for each body, and has no codes but those that it makes for each block.
 */
const LEAST_OWN = 16 * 1024;
/** Without a name, a time or a comment, from Unix, as zlib writes it: RFC 1952, section 2.3. */
const HEAD = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);
/** Checksum and length, 4 bytes each. */
const TAIL_BYTES = 8;
const MARGINS = { before: HEAD.length, behind: TAIL_BYTES };

const gzipElsewhere = promisify(gzip);

/** Made with the first body that is long enough: its memory takes 1.7 MB. */
let own: { readonly deflate: Deflate | undefined } | undefined;

/** The bytes in the format of gzip. */
export async function gzipped(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const chunkSize = Math.max(LEAST_PIECE, Math.min(MOST_PIECE, Math.ceil(bytes.length / 4)));
  const options = { level: LEVEL, memLevel: MEMORY_LEVEL, chunkSize };
  if (bytes.length > MOST_AT_ONCE) return gzipElsewhere(bytes, options);
  const deflate = bytes.length < LEAST_OWN ? undefined : ownDeflate();
  return deflate ? packed(bytes, deflate) : gzipSync(bytes, options);
}

function ownDeflate(): Deflate | undefined {
  if (own) return own.deflate;
  const module = compileDeflater();
  own = { deflate: module && wasmDeflater(module) };
  return own.deflate;
}

function packed(bytes: Uint8Array, deflate: Deflate): Uint8Array<ArrayBuffer> {
  const all = deflate(bytes, MARGINS);
  all.set(HEAD);
  const tail = new DataView(all.buffer, all.length - TAIL_BYTES);
  tail.setUint32(0, crc32(bytes), true);
  tail.setUint32(4, bytes.length, true);
  return all;
}

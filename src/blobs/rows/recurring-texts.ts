/** Keeps short texts that come again: rules read the same paths, names and accounts in row after row. */
import { isText } from './known-names.ts';

/** Longer texts seldom recur, and to compare one takes as long as to make it. Bytes. */
const LONGEST = 64;
/** How many texts are kept; a power of two. */
const PLACES = 2_048;

/** By place, the text that was kept last. */
const texts: (string | undefined)[] = new Array<string | undefined>(PLACES).fill(undefined);
/** By place, the hash of the text that was read last. Only one that comes twice in a row is kept: a text that is kept waits for the collector of old objects. */
const hashes = new Int32Array(PLACES);

/** The text of some bytes in ASCII, the same string as before where it was read of late. */
export function recurringText(page: Buffer, from: number, to: number): string {
  if (to - from > LONGEST || from === to) return page.toString('latin1', from, to);
  const hash = hashOfSome(page, from, to);
  const place = (hash ^ (hash >>> 11)) & (PLACES - 1);
  const known = texts[place];
  if (known !== undefined && isText(known, page, from, to)) return known;
  const text = page.toString('latin1', from, to);
  if (hashes[place] === hash) texts[place] = text;
  else hashes[place] = hash;
  return text;
}

/** A hash of the length and of some bytes: texts of equal hashes take each other's place. */
function hashOfSome(page: Uint8Array, from: number, to: number): number {
  const length = to - from;
  let hash = length;
  const step = 1 + (length >>> 3);
  for (let at = to - 1; at >= from; at -= step) hash = Math.imul(hash, 31) + (page[at] ?? 0);
  return Math.imul(hash, 0x9e3779b1) | 0;
}

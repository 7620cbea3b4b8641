/**
 * Finds the positions in a string at which a known gram may end. A gram is a few neighbouring units of a literal; each gram has a bit in
 * a table that is small enough for the processor's cache.
 *
 * The loops use only constants of this module, because V8 compiles these into the code but loads imported ones at each use.
 */
import { foldUnit } from '../language/fold.ts';

/** The length of a gram in UTF-16 units. Shorter literals are indexed by grams of two units. */
export const GRAM = 4;
export const SHORT_GRAM = 2;
/** The bits of a gram's key: seven for each unit. */
const GRAM_MASK = 2 ** (7 * GRAM) - 1;
const SHORT_MASK = 2 ** (7 * SHORT_GRAM) - 1;
/** The multiplier for multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4), which mixes the upper bits well. */
export const HASH = 0x9e3779b1;
/** Strings are searched in pieces of so many units, which bounds the number of findings per piece. */
export const PIECE = 1024;
/** A flag in the key of a short gram, above the bits of all keys. */
export const SHORT_FLAG = GRAM_MASK + 1;

/** Reduces a unit to seven bits. Units with the same case folding get the same bits. */
export function codeOf(unit: number): number {
  // A surrogate pair is folded as a whole, so all halves get the same code.
  if (isSurrogate(unit)) return 0x7f;
  return foldUnit(unit) & 0x7f;
}

/** `codeOf` of the ASCII characters. */
const ASCII = Uint8Array.from({ length: 128 }, (_, unit) => codeOf(unit));

export function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

/** The key of a gram. */
export function keyOf(gram: string): number {
  let key = 0;
  for (let at = 0; at < gram.length; at++) key = (key << 7) | codeOf(gram.charCodeAt(at));
  return key;
}

/** The bits of a set of grams, and a buffer for the findings. */
export interface GramFilter {
  readonly bits: Int32Array;
  readonly shift: number;
  /** Undefined if there are no short grams. */
  readonly shortBits: Int32Array | undefined;
  /** Keys and positions, alternating; two grams may end at each unit. The buffer is reused for every string. */
  readonly found: Int32Array;
}

export function gramFilter(keys: ReadonlySet<number>, shortKeys: ReadonlySet<number>): GramFilter {
  // With about 128 bits per gram, one unit in 128 is a false positive.
  const width = Math.min(20, Math.max(10, Math.ceil(Math.log2(keys.size * 128 + 1))));
  const shift = 32 - width;
  const bits = new Int32Array(2 ** (width - 5));
  for (const key of keys) setBit(bits, Math.imul(key, HASH) >>> shift);
  const shortBits = shortKeys.size > 0 ? new Int32Array((SHORT_MASK + 1) / 32) : undefined;
  if (shortBits) for (const key of shortKeys) setBit(shortBits, key);
  return { bits, shift, shortBits, found: new Int32Array(4 * PIECE) };
}

/** Finds grams that end in a piece of a string, and returns how much of `found` they take. A separate function, because V8 then compiles it better. */
export function findGrams(filter: GramFilter, text: string, from: number, to: number): number {
  const { bits, shift, found } = filter;
  let key = keyBefore(text, from);
  let hits = 0;
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    key = ((key << 7) | (unit < 128 ? (ASCII[unit] as number) : codeOf(unit))) & GRAM_MASK;
    const slot = Math.imul(key, HASH) >>> shift;
    if (((bits[slot >>> 5] as number) >>> (slot & 31)) & 1) {
      found[hits++] = key;
      found[hits++] = at;
    }
  }
  return hits;
}

/** As {@link findGrams}, for grams of both lengths. It is separate because the second lookup costs a quarter more. */
export function findAllGrams(filter: GramFilter, text: string, from: number, to: number): number {
  const { bits, shift, found } = filter;
  const shortBits = filter.shortBits as Int32Array;
  let key = keyBefore(text, from);
  let hits = 0;
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    key = ((key << 7) | (unit < 128 ? (ASCII[unit] as number) : codeOf(unit))) & GRAM_MASK;
    const slot = Math.imul(key, HASH) >>> shift;
    if (((bits[slot >>> 5] as number) >>> (slot & 31)) & 1) {
      found[hits++] = key;
      found[hits++] = at;
    }
    const pair = key & SHORT_MASK;
    if (((shortBits[pair >>> 5] as number) >>> (pair & 31)) & 1) {
      found[hits++] = pair | SHORT_FLAG;
      found[hits++] = at;
    }
  }
  return hits;
}

/** The key of the units before a piece, which belong to grams that end in it. */
function keyBefore(text: string, from: number): number {
  let key = 0;
  for (let at = Math.max(0, from - GRAM + 1); at < from; at++) key = (key << 7) | codeOf(text.charCodeAt(at));
  return key;
}

function setBit(bits: Int32Array, slot: number): void {
  bits[slot >>> 5] = (bits[slot >>> 5] ?? 0) | (1 << (slot & 31));
}

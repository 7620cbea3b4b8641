/**
 * Finds the places of a string where a known gram may end. A gram is a few neighbouring units of a literal; each has a bit in a
 * table small enough for the processor's cache.
 *
 * The loops use constants of this module only: V8 compiles those into the code, and loads what is imported at each use.
 */
import { foldUnit } from '../language/fold.ts';

/** Units of a gram. Literals shorter than {@link GRAM} are known by two. */
export const GRAM = 4;
export const SHORT_GRAM = 2;
/** A gram as a number: seven bits for each unit. */
const GRAM_MASK = 2 ** (7 * GRAM) - 1;
const SHORT_MASK = 2 ** (7 * SHORT_GRAM) - 1;
/** Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4): the upper bits are well mixed. */
export const HASH = 0x9e3779b1;
/** Strings are looked through in pieces of this many units, so that what is found in one has a bound. */
export const PIECE = 1024;
/** Set in the key of a short gram: above the bits of any key. */
export const SHORT_FLAG = GRAM_MASK + 1;

/** Seven bits for a unit, the same for all units that fold alike. */
export function codeOf(unit: number): number {
  // A pair folds as a whole; its halves are not looked at.
  if (isSurrogate(unit)) return 0x7f;
  return foldUnit(unit) & 0x7f;
}

/** `codeOf` of the ASCII characters. */
const ASCII = Uint8Array.from({ length: 128 }, (_, unit) => codeOf(unit));

export function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

/** A gram as a number. */
export function keyOf(gram: string): number {
  let key = 0;
  for (let at = 0; at < gram.length; at++) key = (key << 7) | codeOf(gram.charCodeAt(at));
  return key;
}

/** The bits of a set of grams, and room for what is found with them. */
export interface GramFilter {
  readonly bits: Int32Array;
  readonly shift: number;
  /** Undefined where there are no short grams. */
  readonly shortBits: Int32Array | undefined;
  /** Keys and positions in turn: two grams may end at each unit. Kept, because it is filled for every string. */
  readonly found: Int32Array;
}

export function gramFilter(keys: ReadonlySet<number>, shortKeys: ReadonlySet<number>): GramFilter {
  // About 128 bits a gram: one unit in 128 is followed in vain.
  const width = Math.min(20, Math.max(10, Math.ceil(Math.log2(keys.size * 128 + 1))));
  const shift = 32 - width;
  const bits = new Int32Array(2 ** (width - 5));
  for (const key of keys) setBit(bits, Math.imul(key, HASH) >>> shift);
  const shortBits = shortKeys.size > 0 ? new Int32Array((SHORT_MASK + 1) / 32) : undefined;
  if (shortBits) for (const key of shortKeys) setBit(shortBits, key);
  return { bits, shift, shortBits, found: new Int32Array(4 * PIECE) };
}

/** Looks for grams that end in a piece of a string; how much of `found` they take. A function alone, for the compiler's sake. */
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

/** The same for grams of both lengths: apart, because the second look costs a quarter. */
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

/** The gram's units that lie before a piece. */
function keyBefore(text: string, from: number): number {
  let key = 0;
  for (let at = Math.max(0, from - GRAM + 1); at < from; at++) key = (key << 7) | codeOf(text.charCodeAt(at));
  return key;
}

function setBit(bits: Int32Array, slot: number): void {
  bits[slot >>> 5] = (bits[slot >>> 5] ?? 0) | (1 << (slot & 31));
}

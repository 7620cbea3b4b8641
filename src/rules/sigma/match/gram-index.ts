import type { TextMode } from '../language/expression.ts';
import { foldUnit } from '../language/fold.ts';
import { COMMONPLACE } from './commonplace.ts';

/** A text to look for, case-folded, and where. */
export interface Pattern {
  readonly literal: string;
  readonly mode: TextMode;
}

/** Units of a literal that are looked for first. Shorter literals go by two. */
const GRAM = 4;
const SHORT_GRAM = 2;
const GRAM_MASK = 2 ** (7 * GRAM) - 1;
const SHORT_MASK = 2 ** (7 * SHORT_GRAM) - 1;
/** Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4): the upper bits are well mixed. */
const HASH = 0x9e3779b1;
/** A gram that was found this often in a text without its literals is no longer followed: they are taken for found. */
const TRIES = 16;
const COMMONPLACE_WEIGHT = 20;

interface Entry {
  readonly id: number;
  readonly literal: string;
  readonly mode: TextMode;
  /** Units of the literal up to the end of its gram. */
  readonly end: number;
  /** The last scan that visited this entry. */
  scan: number;
}

interface Bucket {
  readonly entries: Entry[];
  scan: number;
  tries: number;
  /** Entries not yet visited in this scan. */
  left: number;
}

/**
 * Finds which of many patterns a text may fit, in one pass and without regard to letter case.
 *
 * Each pattern is known by its rarest four units; their hash picks a bit of a table small enough for the processor's
 * cache, and only where the bit is set is the pattern itself compared. It takes the text as it is: no case-folded copy is
 * made. Units beyond ASCII are hashed roughly; it may find too much (the caller evaluates what it finds), never too little.
 */
export class GramIndex {
  readonly #buckets: BucketTable;
  readonly #shorts: BucketTable;
  readonly #bits: Int32Array;
  readonly #shift: number;
  readonly #shortBits: Int32Array | undefined;
  /** Patterns too short for a gram: found in every text. */
  readonly #always: number[] = [];
  #scan = 0;

  constructor(patterns: readonly Pattern[]) {
    const longBuckets = new Map<number, Bucket>();
    const shortBuckets = new Map<number, Bucket>();
    const literals = patterns.map(({ literal }) => literal);
    const grams = countGrams(literals, GRAM);
    const pairs = countGrams(literals, SHORT_GRAM);
    for (const [id, { literal, mode }] of patterns.entries()) {
      if (literal.length < SHORT_GRAM) {
        this.#always.push(id);
        continue;
      }
      const short = literal.length < GRAM;
      const length = short ? SHORT_GRAM : GRAM;
      const [counts, common] = short ? [pairs, COMMON_PAIRS] : [grams, COMMON_GRAMS];
      const end = rarestGram(literal, counts, common, length) + length;
      const key = keyOf(literal.slice(end - length, end));
      const buckets = short ? shortBuckets : longBuckets;
      let bucket = buckets.get(key);
      if (!bucket) {
        bucket = { entries: [], scan: 0, tries: 0, left: 0 };
        buckets.set(key, bucket);
      }
      bucket.entries.push({ id, literal, mode, end, scan: 0 });
    }
    this.#buckets = new BucketTable(longBuckets);
    this.#shorts = new BucketTable(shortBuckets);
    // About 128 bits a gram: one unit in 128 is followed in vain.
    const width = Math.min(20, Math.max(10, Math.ceil(Math.log2(longBuckets.size * 128 + 1))));
    this.#shift = 32 - width;
    this.#bits = new Int32Array(2 ** (width - 5));
    for (const key of longBuckets.keys()) setBit(this.#bits, Math.imul(key, HASH) >>> this.#shift);
    if (shortBuckets.size > 0) {
      this.#shortBits = new Int32Array((SHORT_MASK + 1) / 32);
      for (const key of shortBuckets.keys()) setBit(this.#shortBits, key);
    }
  }

  /** Calls `visit` with the position of each pattern the text may fit, once each. */
  scan(text: string, visit: (pattern: number) => void): void {
    this.#scan++;
    const always = this.#always;
    for (let at = 0; at < always.length; at++) visit(always[at] as number);
    for (let from = 0; from < text.length; from += CHUNK) {
      const to = Math.min(text.length, from + CHUNK);
      const hits = this.#shortBits
        ? findAllGrams(text, from, to, this.#bits, this.#shift, this.#shortBits)
        : findGrams(text, from, to, this.#bits, this.#shift);
      for (let hit = 0; hit < hits; hit += 2) {
        const key = found[hit] as number;
        const bucket = key < 0 ? this.#shorts.get(~key) : this.#buckets.get(key);
        this.#follow(bucket, text, found[hit + 1] as number, visit);
      }
    }
  }

  #follow(bucket: Bucket | undefined, text: string, at: number, visit: (pattern: number) => void): void {
    if (!bucket) return;
    const scan = this.#scan;
    if (bucket.scan !== scan) {
      bucket.scan = scan;
      bucket.tries = 0;
      bucket.left = bucket.entries.length;
    }
    if (bucket.left === 0) return;
    const given = ++bucket.tries > TRIES;
    for (const entry of bucket.entries) {
      if (entry.scan === scan || !(given || fits(entry, text, at + 1 - entry.end))) continue;
      entry.scan = scan;
      bucket.left--;
      visit(entry.id);
    }
  }
}

/** Buckets by their grams: open addressing, at most a quarter full. */
class BucketTable {
  readonly #buckets: readonly Bucket[];
  readonly #shift: number;
  readonly #mask: number;
  readonly #keys: Int32Array;
  /** Position in `#buckets` plus one; 0 where the slot is free. */
  readonly #slots: Int32Array;

  constructor(buckets: ReadonlyMap<number, Bucket>) {
    const width = Math.max(4, Math.ceil(Math.log2(buckets.size * 4 + 1)));
    this.#buckets = [...buckets.values()];
    this.#shift = 32 - width;
    this.#mask = 2 ** width - 1;
    this.#keys = new Int32Array(2 ** width);
    this.#slots = new Int32Array(2 ** width);
    let next = 1;
    for (const key of buckets.keys()) {
      let slot = Math.imul(key, HASH) >>> this.#shift;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#keys[slot] = key;
      this.#slots[slot] = next++;
    }
  }

  get(key: number): Bucket | undefined {
    let slot = Math.imul(key, HASH) >>> this.#shift;
    for (;;) {
      const position = this.#slots[slot] as number;
      if (position === 0) return undefined;
      if (this.#keys[slot] === key) return this.#buckets[position - 1];
      slot = (slot + 1) & this.#mask;
    }
  }
}

/** Texts are looked through in pieces of this many units, so that what is found in one has a bound. */
const CHUNK = 1024;
/** Keys and positions of the grams found in a piece, in turn; of short ones the key's complement. Shared: scans do not nest. */
const found = new Int32Array(4 * CHUNK);

/** Looks for grams that end in a piece of a text; how much of `found` they take. On its own, for the compiler's sake. */
function findGrams(text: string, from: number, to: number, bits: Int32Array, shift: number): number {
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
function findAllGrams(
  text: string,
  from: number,
  to: number,
  bits: Int32Array,
  shift: number,
  shortBits: Int32Array,
): number {
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
      found[hits++] = ~pair;
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

/** Whether a pattern stands at `start` of a text, letter case and halves of surrogate pairs aside. */
function fits({ literal, mode }: Entry, text: string, start: number): boolean {
  const end = start + literal.length;
  if (start < 0 || end > text.length) return false;
  if ((mode === 'startswith' || mode === 'equals') && start !== 0) return false;
  if ((mode === 'endswith' || mode === 'equals') && end !== text.length) return false;
  for (let at = 0; at < literal.length; at++) {
    const unit = text.charCodeAt(start + at);
    const wanted = literal.charCodeAt(at);
    if (unit !== wanted && foldUnit(unit) !== wanted && !(isSurrogate(unit) && isSurrogate(wanted)))
      return false;
  }
  return true;
}

/** Seven bits for a unit, the same for all units that fold alike. */
function codeOf(unit: number): number {
  // A pair folds as a whole; its halves are not looked at.
  if (isSurrogate(unit)) return 0x7f;
  return foldUnit(unit) & 0x7f;
}

const ASCII = Uint8Array.from({ length: 128 }, (_, unit) => codeOf(unit));

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

function keyOf(gram: string): number {
  let key = 0;
  for (let at = 0; at < gram.length; at++) key = (key << 7) | codeOf(gram.charCodeAt(at));
  return key;
}

function setBit(bits: Int32Array, slot: number): void {
  bits[slot >>> 5] = (bits[slot >>> 5] ?? 0) | (1 << (slot & 31));
}

/** How often each gram of a length stands in texts. */
function countGrams(texts: Iterable<string>, length: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (let at = 0; at + length <= text.length; at++) {
      const gram = text.slice(at, at + length);
      counts.set(gram, (counts.get(gram) ?? 0) + 1);
    }
  }
  return counts;
}

const COMMON_GRAMS = countGrams([COMMONPLACE], GRAM);
const COMMON_PAIRS = countGrams([COMMONPLACE], SHORT_GRAM);

/** Where the gram begins that tells a literal best from the others and from what every row holds. */
function rarestGram(
  literal: string,
  counts: ReadonlyMap<string, number>,
  common: ReadonlyMap<string, number>,
  length: number,
): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at + length <= literal.length; at++) {
    const gram = literal.slice(at, at + length);
    const count = (counts.get(gram) ?? 0) + COMMONPLACE_WEIGHT * (common.get(gram) ?? 0);
    if (count < least) {
      least = count;
      best = at;
    }
  }
  return best;
}

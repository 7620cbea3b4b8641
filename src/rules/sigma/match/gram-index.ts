/** Finds in one pass which of many literals a string may contain. */
import type { TextMode } from '../language/expression.ts';
import { foldUnit } from '../language/fold.ts';
import {
  findAllGrams,
  findGrams,
  GRAM,
  type GramFilter,
  gramFilter,
  HASH,
  isSurrogate,
  keyOf,
  PIECE,
  SHORT_FLAG,
  SHORT_GRAM,
} from './gram-filter.ts';
import { GramCounts } from './rarest-gram.ts';
import { type SingleUnit, SingleUnits } from './single-units.ts';

/** A literal to search, case-folded, and its place. */
export interface Pattern {
  readonly literal: string;
  readonly mode: TextMode;
}

/**
 * An attacker can write a string that contains a gram very often but never its literals, and each occurrence costs a comparison. After so
 * many tries the literals count as found, and the caller's own tests decide.
 */
const TRIES = 16;

interface Entry {
  readonly id: number;
  readonly literal: string;
  readonly mode: TextMode;
  /** The position in the literal at which its gram ends. */
  readonly end: number;
  /** The last scan that visited this entry. */
  scan: number;
}

interface Bucket {
  readonly entries: Entry[];
  scan: number;
  tries: number;
  /** The number of entries not yet visited in this scan. */
  left: number;
}

/**
 * Finds in one pass which of many patterns a string may match, ignoring letter case.
 *
 * Each pattern is indexed by its rarest four units. Their hash selects a bit of a table that is small enough for the processor's cache, and
 * the pattern itself is compared only if the bit is set. The string is read as it is, without a case-folded copy. Units beyond ASCII are
 * hashed roughly, so the index may find too much, which the caller's tests sort out, but never too little.
 */
export class GramIndex {
  readonly #buckets: BucketTable;
  readonly #shorts: BucketTable;
  readonly #filter: GramFilter;
  readonly #singles: SingleUnits;
  #scan = 0;

  constructor(patterns: readonly Pattern[]) {
    const longBuckets = new Map<number, Bucket>();
    const shortBuckets = new Map<number, Bucket>();
    const literals = patterns.map(({ literal }) => literal);
    const grams = new GramCounts(literals, GRAM);
    const pairs = new GramCounts(literals, SHORT_GRAM);
    const singles: SingleUnit[] = [];
    for (const [id, { literal, mode }] of patterns.entries()) {
      if (literal.length < SHORT_GRAM) {
        singles.push({ id, literal, mode });
        continue;
      }
      const short = literal.length < GRAM;
      const length = short ? SHORT_GRAM : GRAM;
      const end = (short ? pairs : grams).rarestIn(literal) + length;
      const key = keyOf(literal.slice(end - length, end));
      const buckets = short ? shortBuckets : longBuckets;
      let bucket = buckets.get(key);
      if (!bucket) {
        bucket = { entries: [], scan: 0, tries: 0, left: 0 };
        buckets.set(key, bucket);
      }
      bucket.entries.push({ id, literal, mode, end, scan: 0 });
    }
    this.#singles = new SingleUnits(singles);
    this.#buckets = new BucketTable(longBuckets);
    this.#shorts = new BucketTable(shortBuckets);
    this.#filter = gramFilter(new Set(longBuckets.keys()), new Set(shortBuckets.keys()));
  }

  /** Calls `visit` once with the position of each pattern that the string may match. */
  scan(text: string, visit: (pattern: number) => void): void {
    this.#scan++;
    this.#singles.scan(text, visit);
    const filter = this.#filter;
    const { found } = filter;
    for (let from = 0; from < text.length; from += PIECE) {
      const to = Math.min(text.length, from + PIECE);
      const hits = filter.shortBits
        ? findAllGrams(filter, text, from, to)
        : findGrams(filter, text, from, to);
      for (let hit = 0; hit < hits; hit += 2) {
        const key = found[hit] as number;
        const bucket = key & SHORT_FLAG ? this.#shorts.get(key ^ SHORT_FLAG) : this.#buckets.get(key);
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
    const tooMany = ++bucket.tries > TRIES;
    for (const entry of bucket.entries) {
      if (entry.scan === scan || !(tooMany || fits(entry, text, at + 1 - entry.end))) continue;
      entry.scan = scan;
      bucket.left--;
      visit(entry.id);
    }
  }
}

/** A hash table of buckets by their grams, with open addressing and at most a quarter full. */
class BucketTable {
  readonly #buckets: readonly Bucket[];
  readonly #shift: number;
  readonly #mask: number;
  readonly #keys: Int32Array;
  /** The position in `#buckets` plus one; 0 if the slot is free. */
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

/** Whether a pattern matches at `start` of a string, ignoring letter case and not comparing halves of surrogate pairs. */
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

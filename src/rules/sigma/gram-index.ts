import { COMMONPLACE } from './commonplace.ts';
import type { TextMode } from './expression.ts';
import { foldUnit } from './fold.ts';

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
  readonly #buckets = new Map<number, Bucket>();
  readonly #shorts = new Map<number, Bucket>();
  readonly #bits: Int32Array;
  readonly #shift: number;
  readonly #shortBits: Int32Array | undefined;
  /** Patterns too short for a gram: found in every text. */
  readonly #always: number[] = [];
  #scan = 0;

  constructor(patterns: readonly Pattern[]) {
    const frequencies = countGrams(patterns);
    for (const [id, { literal, mode }] of patterns.entries()) {
      if (literal.length < SHORT_GRAM) {
        this.#always.push(id);
        continue;
      }
      const short = literal.length < GRAM;
      const end = short ? SHORT_GRAM : rarestGram(literal, frequencies) + GRAM;
      const key = keyOf(literal.slice(end - (short ? SHORT_GRAM : GRAM), end));
      const buckets = short ? this.#shorts : this.#buckets;
      let bucket = buckets.get(key);
      if (!bucket) {
        bucket = { entries: [], scan: 0, tries: 0, left: 0 };
        buckets.set(key, bucket);
      }
      bucket.entries.push({ id, literal, mode, end, scan: 0 });
    }
    // About 64 bits a pattern: one unit in 64 is followed in vain.
    const width = Math.min(20, Math.max(10, Math.ceil(Math.log2(this.#buckets.size * 64 + 1))));
    this.#shift = 32 - width;
    this.#bits = new Int32Array(2 ** (width - 5));
    for (const key of this.#buckets.keys()) setBit(this.#bits, hash(key) >>> this.#shift);
    if (this.#shorts.size > 0) {
      this.#shortBits = new Int32Array((SHORT_MASK + 1) / 32);
      for (const key of this.#shorts.keys()) setBit(this.#shortBits, key);
    }
  }

  /** Calls `visit` with the position of each pattern the text may fit, once each. */
  scan(text: string, visit: (pattern: number) => void): void {
    this.#scan++;
    for (const id of this.#always) visit(id);
    const bits = this.#bits;
    const shift = this.#shift;
    const shortBits = this.#shortBits;
    let key = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      key = ((key << 7) | (unit < 128 ? (ASCII[unit] as number) : codeOf(unit))) & GRAM_MASK;
      const slot = hash(key) >>> shift;
      if (((bits[slot >>> 5] as number) >>> (slot & 31)) & 1)
        this.#follow(this.#buckets.get(key), text, at, visit);
      if (shortBits) {
        const pair = key & SHORT_MASK;
        if (((shortBits[pair >>> 5] as number) >>> (pair & 31)) & 1) {
          this.#follow(this.#shorts.get(pair), text, at, visit);
        }
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

/** Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4): the upper bits are well mixed. */
function hash(key: number): number {
  return Math.imul(key, 0x9e3779b1);
}

function setBit(bits: Int32Array, slot: number): void {
  bits[slot >>> 5] = (bits[slot >>> 5] ?? 0) | (1 << (slot & 31));
}

/** How often each gram stands in the patterns and in what every row holds. */
function countGrams(patterns: readonly Pattern[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (text: string, by: number): void => {
    for (let at = 0; at + GRAM <= text.length; at++) {
      const gram = text.slice(at, at + GRAM);
      counts.set(gram, (counts.get(gram) ?? 0) + by);
    }
  };
  add(COMMONPLACE, COMMONPLACE_WEIGHT);
  for (const { literal } of patterns) add(literal, 1);
  return counts;
}

function rarestGram(literal: string, counts: ReadonlyMap<string, number>): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at + GRAM <= literal.length; at++) {
    const count = counts.get(literal.slice(at, at + GRAM)) ?? 0;
    if (count < least) {
      least = count;
      best = at;
    }
  }
  return best;
}

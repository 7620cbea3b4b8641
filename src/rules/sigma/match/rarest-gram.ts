/** Chooses the gram by which the index knows a literal. */
import { COMMONPLACE } from './commonplace.ts';
import { codeOf, GRAM, HASH, SHORT_GRAM } from './gram-filter.ts';

/** The weight of a gram that nearly every row contains, relative to a gram of another literal. */
const COMMONPLACE_WEIGHT = 20;
const NARROWEST = 8;
const WIDEST = 16;

/**
 * Counts roughly how often each gram of a length occurs. Grams may share a counter; a gram that therefore seems more frequent than it is,
 * is just not chosen.
 */
export class GramCounts {
  readonly length: number;
  readonly #mask: number;
  readonly #shift: number;
  readonly #counts: Uint32Array;

  constructor(texts: readonly string[], length: number) {
    const units = texts.reduce((sum, text) => sum + text.length, 0);
    const width = Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(Math.log2(4 * units + 1))));
    this.length = length;
    this.#mask = 2 ** (7 * length) - 1;
    this.#shift = 32 - width;
    this.#counts = new Uint32Array(2 ** width);
    for (const text of texts) this.#eachPlace(text, (place) => this.#add(place));
  }

  /** The position of the gram that best distinguishes a literal from the other literals and from what every row contains. */
  rarestIn(literal: string): number {
    const common = COMMON.get(this.length);
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    this.#eachPlace(literal, (place, at, key) => {
      const count = (this.#counts[place] ?? 0) + COMMONPLACE_WEIGHT * (common ? common.#of(key) : 0);
      if (count >= least) return;
      least = count;
      best = at;
    });
    return best;
  }

  #add(place: number): void {
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  #of(key: number): number {
    return this.#counts[Math.imul(key, HASH) >>> this.#shift] ?? 0;
  }

  #eachPlace(text: string, visit: (place: number, at: number, key: number) => void): void {
    let key = 0;
    for (let end = 0; end < text.length; end++) {
      key = ((key << 7) | codeOf(text.charCodeAt(end))) & this.#mask;
      const at = end + 1 - this.length;
      if (at >= 0) visit(Math.imul(key, HASH) >>> this.#shift, at, key);
    }
  }
}

const COMMON: Map<number, GramCounts> = new Map();
for (const length of [GRAM, SHORT_GRAM]) COMMON.set(length, new GramCounts([COMMONPLACE], length));

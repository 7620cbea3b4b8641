/** Case folding, which makes comparisons independent of letter case. */

/** The folded code units of the BMP; 0 for a unit that is not computed yet (NUL folds to itself). */
const table = new Uint16Array(0x10000);

/**
 * One UTF-16 unit, case-folded: Unicode's simple case folding, as upper then lower case where both are one unit long.
 *
 * Surrogates fold to themselves here; `fold` handles their pairs.
 */
export function foldUnit(unit: number): number {
  const known = table[unit];
  if (known) return known;
  const folded = foldCharacter(String.fromCharCode(unit)).charCodeAt(0);
  table[unit] = folded;
  return folded;
}

/**
 * A string, case-folded for comparison. Its length in UTF-16 units never changes, and a unit's folding never depends on
 * its neighbours, so that folding commutes with taking parts: `toLowerCase` alone holds neither for `İ` nor for `Σ`.
 *
 * Source: Unicode CaseFolding.txt, statuses C and S.
 */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  let folded = '';
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + PIECE);
    // The pieces must not split a surrogate pair, which is folded as a whole.
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to--;
    for (let at = from; at < to; at++) {
      const unit = text.charCodeAt(at);
      if (isHighSurrogate(unit) && at + 1 < to && isLowSurrogate(text.charCodeAt(at + 1))) {
        const pair = foldPair(unit, text.charCodeAt(at + 1));
        units[at - from] = pair >>> 16;
        at++;
        units[at - from] = pair;
      } else units[at - from] = foldUnit(unit);
    }
    folded += Reflect.apply(String.fromCharCode, undefined, units.subarray(0, to - from));
    from = to;
  }
  return folded;
}

/** The cost per UTF-16 unit in nanoseconds, measured with bench/rules/hostile.ts. */
const ASCII_COST = 1.5;
const COST = 20;

/** The cost of folding a string, in nanoseconds. */
export function foldCostOf(text: string): number {
  return text.length * (isAscii(text) ? ASCII_COST : COST);
}

/** `Buffer.byteLength` if the host has `Buffer`: counting bytes is up to twenty times faster than any other test for ASCII. */
const byteLength = (globalThis as { readonly Buffer?: { byteLength(text: string): number } }).Buffer
  ?.byteLength;

/** Whether a string is ASCII: only then does it have as many UTF-8 bytes as UTF-16 units. */
export const isAscii: (text: string) => boolean = byteLength
  ? (text) => byteLength(text) === text.length
  : (text) => /^[^\u0080-\uffff]*$/.test(text);

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** The length of the pieces, in UTF-16 units, in which long strings are folded: several times faster than unit by unit. */
const PIECE = 2048;
const units = new Uint16Array(PIECE);
/** One bit for each code point beyond the BMP that is known to fold to itself. The few hundred others are kept in a map. */
const plainPairs = new Uint8Array(0x100000 / 8);
const foldedPairs = new Map<number, number>();

/** Folds a surrogate pair. The result holds the first half in the upper 16 bits. */
function foldPair(high: number, low: number): number {
  const pair = (high << 16) | low;
  const index = ((high & 0x3ff) << 10) | (low & 0x3ff);
  if (((plainPairs[index >>> 3] ?? 0) >>> (index & 7)) & 1) return pair;
  const known = foldedPairs.get(index);
  if (known !== undefined) return known;
  const folded = foldCharacter(String.fromCharCode(high, low));
  const result = (folded.charCodeAt(0) << 16) | folded.charCodeAt(1);
  if (result === pair) plainPairs[index >>> 3] = (plainPairs[index >>> 3] ?? 0) | (1 << (index & 7));
  else foldedPairs.set(index, result);
  return result;
}

function foldCharacter(character: string): string {
  // The dotless and the dotted I of Turkish have no simple case folding.
  if (character === '\u0131' || character === '\u0130') return character;
  const upper = character.toUpperCase();
  const lower = (upper.length === character.length ? upper : character).toLowerCase();
  return lower.length === character.length ? lower : character;
}

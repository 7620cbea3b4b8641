import { Buffer } from 'node:buffer';

/** Folded code units of the BMP; 0 where not worked out yet (NUL folds to itself). */
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
 * A text, case-folded for comparison. Its length in UTF-16 units never changes, and a unit's folding never depends on
 * its neighbours, so that folding commutes with taking parts: `toLowerCase` alone holds neither for `İ` nor for `Σ`.
 *
 * Source: Unicode CaseFolding.txt, statuses C and S.
 */
export function fold(text: string): string {
  // Only ASCII has as many bytes as units; no quicker way to tell was found.
  if (Buffer.byteLength(text) === text.length) return text.toLowerCase();
  let folded = '';
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00 && at + 1 < text.length) {
      folded += foldCharacter(text.slice(at, at + 2));
      at++;
    } else folded += String.fromCharCode(foldUnit(unit));
  }
  return folded;
}

function foldCharacter(character: string): string {
  // Neither the dotless nor the dotted I of Turkish has a simple folding.
  if (character === '\u0131' || character === '\u0130') return character;
  const upper = character.toUpperCase();
  const lower = (upper.length === character.length ? upper : character).toLowerCase();
  return lower.length === character.length ? lower : character;
}

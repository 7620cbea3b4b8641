/** Which gram of a literal an index knows it by. */
import { COMMONPLACE } from './commonplace.ts';
import { GRAM, SHORT_GRAM } from './gram-filter.ts';

/** What a gram that nearly every row holds weighs against one that another literal holds. */
const COMMONPLACE_WEIGHT = 20;

/** How often each gram of a length stands in strings. */
export function countGrams(texts: Iterable<string>, length: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (let at = 0; at + length <= text.length; at++) {
      const gram = text.slice(at, at + length);
      counts.set(gram, (counts.get(gram) ?? 0) + 1);
    }
  }
  return counts;
}

const COMMON: ReadonlyMap<number, ReadonlyMap<string, number>> = new Map(
  [GRAM, SHORT_GRAM].map((length) => [length, countGrams([COMMONPLACE], length)]),
);

/**
 * Where the gram begins that tells a literal best from the others and from what every row holds.
 * @param counts how often each gram of the length stands in all literals.
 */
export function rarestGram(literal: string, length: number, counts: ReadonlyMap<string, number>): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at + length <= literal.length; at++) {
    const gram = literal.slice(at, at + length);
    const common = COMMON.get(length)?.get(gram) ?? 0;
    const count = (counts.get(gram) ?? 0) + COMMONPLACE_WEIGHT * common;
    if (count < least) {
      least = count;
      best = at;
    }
  }
  return best;
}

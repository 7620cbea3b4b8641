/** The hash of a member's key. It only has to tell the keys of one page apart: nothing stores it, and a key is compared where it counts. */

const SEED = 0x2545f491;
const FACTOR = 0x9e3779b1;

/** Hashes the bytes from `start` to `end`, four at a time with the lowest first, the rest likewise. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = mix(SEED, end - start);
  let word = 0;
  let shift = 0;
  for (let at = start; at < end; at++) {
    word |= (bytes[at] ?? 0) << shift;
    shift += 8;
    if (shift < 32) continue;
    hash = mix(hash, word);
    word = 0;
    shift = 0;
  }
  return mix(hash, word);
}

/** Mixes a word into a hash. */
function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, FACTOR);
  return mixed ^ (mixed >>> 15);
}

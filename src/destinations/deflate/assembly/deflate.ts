/**
 * Compresses text in the format of RFC 1951, piece by piece: the host copies a piece to `textAt()`, calls `compress`, and takes what is at `outAt()`.
 * Each piece but the last has `chunk()` bytes. AssemblyScript.
 *
 * It looks for the text of each place among the two last ones with the same hash of six bytes, takes the longer one, and does not look whether
 * the next place would have a longer one still. Rows repeat their keys, so most of a page are long matches, and most places where something
 * is looked for in vain are in hashes and ids: the longer these are, the fewer of their places are looked at.
 */
import { beginBits, bitCount, bitsNow, endBits, outNow, setBits, takenBits, writtenBytes } from './bits';
import { at, makeCodes, set, writeHead } from './huffman';
import {
  BEFORE,
  CHUNK,
  DISTANCE_CODES,
  DISTANCE_COUNTS,
  DISTANCES,
  HASH_BITS,
  HASHES,
  HASHES_BYTES,
  LITERAL_CODES,
  LITERAL_COUNTS,
  LITERALS,
  LONGEST_MATCH,
  MATCH_BYTES,
  MATCH_CODES,
  MATCH_SLOTS,
  MATCHES,
  MATCHES_MOST,
  MEMORY_END,
  OUT,
  OUT_LEFT,
  TEXT,
  WINDOW,
} from './memory';

/** Raised with each change of what is exported here. */
const INTERFACE_VERSION: i32 = 1;

const SHORTEST_MATCH: usize = 4;
/** The shortest that the format has. */
const LEAST_LENGTH: usize = 3;
/** A match of so many bytes is long enough not to look at the second place. */
const LONG_ENOUGH: usize = 32;
/** Words of 8 bytes are read up to here before the end of the text. */
const LAST_WORD: usize = 12;
/** After each so many bytes without a match, one more is left out between two looks: 2 to the power of it. */
const PATIENCE: u32 = 6;
const HASH_FACTOR: u64 = 0x9e37_79b1_85eb_ca87;
const END_OF_BLOCK: i32 = 256;
const FIRST_LENGTH: usize = 257;
const LONGEST_SLOT: u32 = 28;

export function interfaceVersion(): i32 {
  return INTERFACE_VERSION;
}

export function memoryEnd(): usize {
  return MEMORY_END;
}

export function textAt(): usize {
  return TEXT;
}

export function outAt(): usize {
  return OUT;
}

export function chunk(): usize {
  return CHUNK;
}

/** What the host may leave at `outAt()` when it calls `compress`. */
export function outLeft(): usize {
  return OUT_LEFT;
}

/** What is added to a place in memory to get its place in the whole text, and a little more: 0 in the table of hashes is none. */
let shift: u32 = 0;
/** The first byte of the text that is in memory. What is before it is of another text. */
let floor: usize = TEXT;

/** Begins a new text. */
export function begin(): void {
  memory.fill(HASHES, 0, HASHES_BYTES);
  shift = 0;
  floor = TEXT;
  beginBits();
  let slot: u32 = 0;
  for (let length: u32 = <u32>LEAST_LENGTH; length <= <u32>LONGEST_MATCH; length++) {
    if (slot < LONGEST_SLOT && length >= leastOf(slot + 1)) slot++;
    store<u8>(MATCH_SLOTS + <usize>length, <u8>slot);
  }
}

/** The host has taken what is at `outAt()`. */
export function taken(): void {
  takenBits();
}

/** Compresses the next piece. Returns how many bytes are at `outAt()`. */
export function compress(length: usize, isLast: bool): usize {
  const end = TEXT + length;
  let from = TEXT;
  do {
    from = compressBlock(from, end, isLast);
  } while (from < end);
  if (isLast) {
    endBits();
  } else {
    memory.copy(BEFORE, TEXT + length - WINDOW, WINDOW);
    floor = BEFORE;
    shift += <u32>length;
  }
  return writtenBytes();
}

/** One block, which ends where the text does or where there are too many matches. Returns where it ends. */
function compressBlock(from: usize, end: usize, isLast: bool): usize {
  memory.fill(LITERAL_COUNTS, 0, (<usize>LITERALS) << 2);
  memory.fill(DISTANCE_COUNTS, 0, (<usize>DISTANCES) << 2);
  const matchesEnd = findMatches(from, end);
  const to = stoppedAt;
  set(LITERAL_COUNTS, END_OF_BLOCK, 1);
  makeCodes();
  makeMatchCodes();
  writeHead(isLast && to === end);
  emit(from, matchesEnd, to);
  return to;
}

/** Where `findMatches` stopped: everything before is in a match or counted as a literal. */
let stoppedAt: usize = TEXT;

/** Fills the table of matches, and counts all symbols. Returns where the table ends. */
function findMatches(from: usize, end: usize): usize {
  const beyond = MATCHES + MATCHES_MOST * MATCH_BYTES;
  const last = end - min(end - from, LAST_WORD);
  let match: usize = MATCHES;
  let place = from;
  /** The first byte that is not in a match. */
  let rest = from;
  while (place < last && match < beyond) {
    const word = load<u64>(place);
    const slot = slotOf(word);
    const own = <u32>place + shift;
    const both = load<u64>(slot);
    store<u64>(slot, (both << 32) | <u64>own);
    let source: usize = 0;
    let length: usize = 0;
    const first = <u32>both;
    if (own - first <= <u32>WINDOW) {
      const found: usize = first - shift;
      if (load<u32>(found) === <u32>word) {
        length = sameBytes(place, found, end);
        source = found;
      }
      const second = <u32>(both >> 32);
      if (length < LONG_ENOUGH && own - second <= <u32>WINDOW) {
        const other: usize = second - shift;
        if (load<u32>(other) === <u32>word) {
          const otherLength = sameBytes(place, other, end);
          if (otherLength > length) {
            length = otherLength;
            source = other;
          }
        }
      }
    }
    if (length < SHORTEST_MATCH) {
      place += 1 + ((place - rest) >> PATIENCE);
      continue;
    }
    const before = sameBefore(place, source, rest);
    place -= before;
    source -= before;
    length += before;
    store<u32>(match, <u32>(place - rest));
    countLiterals(rest, place);
    match = addMatch(match, length, <u32>(place - source) - 1);
    rest = place + length;
    if (rest < last) {
      remember(place + 1);
      remember(rest - 2);
    }
    place = rest;
  }
  const to = match < beyond ? end : rest;
  countLiterals(rest, to);
  stoppedAt = to;
  return match;
}

function slotOf(word: u64): usize {
  return HASHES + ((<usize>(((word << 16) * HASH_FACTOR) >> (64 - HASH_BITS))) << 3);
}

function remember(place: usize): void {
  const slot = slotOf(load<u64>(place));
  store<u64>(slot, (load<u64>(slot) << 32) | <u64>(<u32>place + shift));
}

/** How many bytes from two places on are the same. */
function sameBytes(place: usize, source: usize, end: usize): usize {
  let here = place;
  let there = source;
  for (; here + 8 <= end; here += 8) {
    const difference = load<u64>(here) ^ load<u64>(there);
    if (difference !== 0) return here - place + (<usize>ctz(difference) >> 3);
    there += 8;
  }
  for (; here < end && load<u8>(here) === load<u8>(there); here++) there++;
  return here - place;
}

/** How many bytes before two places are the same: down to the end of the last match, and to the beginning of the text. */
function sameBefore(place: usize, source: usize, rest: usize): usize {
  const most = min(place - rest, source - floor);
  let before: usize = 0;
  while (before < most && load<u8>(place - before - 1) === load<u8>(source - before - 1)) before++;
  return before;
}

function countLiterals(from: usize, to: usize): void {
  for (let place = from; place < to; place++) bump(LITERAL_COUNTS, load<u8>(place));
}

function bump(counts: usize, index: usize): void {
  const count = counts + (index << 2);
  store<u32>(count, load<u32>(count) + 1);
}

/** Adds a match whose number of literals is written already. @param distance less 1. Returns where the next one is written. */
function addMatch(match: usize, length: usize, distance: u32): usize {
  const slot: usize = distanceSlot(distance);
  let next = match;
  for (let left = length; left > 0; ) {
    if (next !== match) store<u32>(next, 0);
    // None of the pieces may be shorter than 3.
    const piece = left <= LONGEST_MATCH ? left : min(LONGEST_MATCH, left - LEAST_LENGTH);
    store<u32>(next + 4, ((<u32>piece) << 16) | distance);
    bump(LITERAL_COUNTS, FIRST_LENGTH + <usize>load<u8>(MATCH_SLOTS + piece));
    bump(DISTANCE_COUNTS, slot);
    next += MATCH_BYTES;
    left -= piece;
  }
  return next;
}

/** RFC 1951, section 3.2.5. @param distance less 1. */
function distanceSlot(distance: u32): u32 {
  if (distance < 2) return distance;
  const bits: u32 = 31 - clz(distance);
  return (bits << 1) + ((distance >> (bits - 1)) & 1);
}

/** The shortest match of a code. */
function leastOf(slot: u32): u32 {
  if (slot === LONGEST_SLOT) return <u32>LONGEST_MATCH;
  return slot < 8 ? slot + 3 : 3 + ((4 + (slot & 3)) << ((slot >> 2) - 1));
}

/** The code of each length of a match, with its extra bits. */
function makeMatchCodes(): void {
  for (let length: u32 = <u32>LEAST_LENGTH; length <= <u32>LONGEST_MATCH; length++) {
    const slot: u32 = load<u8>(MATCH_SLOTS + <usize>length);
    const code = at(LITERAL_CODES, <i32>(FIRST_LENGTH + slot));
    const bits = code >> 24;
    const extra: u32 = slot < 8 || slot === LONGEST_SLOT ? 0 : (slot >> 2) - 1;
    const all = (code & 0xffffff) | ((length - leastOf(slot)) << bits);
    set(MATCH_CODES, <i32>length, all | ((bits + extra) << 24));
  }
}

/**
 * Writes the symbols of a block. A code of literals and lengths of 9 bits each, and one of distances of 5, would take at most 9 bits for a literal
 * and 32 for a match, which has 4 bytes or more; the block's own codes take no more together.
 */
function emit(from: usize, matchesEnd: usize, to: usize): void {
  let place = from;
  let bits = bitsNow();
  let count = bitCount();
  let out = outNow();
  for (let match: usize = MATCHES; match < matchesEnd; match += MATCH_BYTES) {
    let literals = load<u32>(match);
    for (; literals > 2; literals -= 3) {
      const first = at(LITERAL_CODES, <i32>load<u8>(place));
      bits |= (<u64>(first & 0xffffff)) << count;
      count += first >> 24;
      const second = at(LITERAL_CODES, <i32>load<u8>(place, 1));
      bits |= (<u64>(second & 0xffffff)) << count;
      count += second >> 24;
      const third = at(LITERAL_CODES, <i32>load<u8>(place, 2));
      bits |= (<u64>(third & 0xffffff)) << count;
      count += third >> 24;
      store<u64>(out, bits);
      out += <usize>(count >> 3);
      bits >>= count & 56;
      count &= 7;
      place += 3;
    }
    for (; literals > 0; literals--) {
      const code = at(LITERAL_CODES, <i32>load<u8>(place++));
      bits |= (<u64>(code & 0xffffff)) << count;
      count += code >> 24;
    }
    store<u64>(out, bits);
    out += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
    const pair = load<u32>(match, 4);
    const length: usize = pair >> 16;
    const distance = pair & 0xffff;
    const lengthCode = at(MATCH_CODES, <i32>length);
    bits |= (<u64>(lengthCode & 0xffffff)) << count;
    count += lengthCode >> 24;
    const slot = distanceSlot(distance);
    const distanceCode = at(DISTANCE_CODES, <i32>slot);
    bits |= (<u64>(distanceCode & 0xffffff)) << count;
    count += distanceCode >> 24;
    if (slot > 3) {
      const extra: u32 = (slot >> 1) - 1;
      bits |= (<u64>(distance & ((1 << extra) - 1))) << count;
      count += extra;
    }
    store<u64>(out, bits);
    out += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
    place += length;
  }
  for (; place < to; place++) {
    const code = at(LITERAL_CODES, <i32>load<u8>(place));
    bits |= (<u64>(code & 0xffffff)) << count;
    count += code >> 24;
    store<u64>(out, bits);
    out += <usize>(count >> 3);
    bits >>= count & 56;
    count &= 7;
  }
  const end = at(LITERAL_CODES, END_OF_BLOCK);
  bits |= (<u64>(end & 0xffffff)) << count;
  count += end >> 24;
  store<u64>(out, bits);
  out += <usize>(count >> 3);
  bits >>= count & 56;
  count &= 7;
  setBits(bits, count, out);
}

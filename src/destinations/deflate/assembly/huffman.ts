/** Makes the codes of a block and writes them into its head: RFC 1951, sections 3.2.2 and 3.2.7. AssemblyScript. */
import { flush, put } from './bits';
import {
  DISTANCE_BITS,
  DISTANCE_CODES,
  DISTANCE_COUNTS,
  DISTANCES,
  HEAD_JOINED,
  HEAD_PLAIN,
  LENGTH_BITS,
  LENGTH_CODES,
  LENGTH_COUNTS,
  LENGTHS,
  LITERAL_BITS,
  LITERAL_CODES,
  LITERAL_COUNTS,
  LITERALS,
  SORTED,
  TREE,
} from './memory';

/** The greatest number of bits of a code. */
const MOST_BITS: i32 = 15;
const MOST_LENGTH_BITS: i32 = 7;
const SYMBOL_BITS: u32 = 9;
const SYMBOL: u32 = (1 << SYMBOL_BITS) - 1;
/** In the head: the length before so many times, no code so many times, and more of it. */
const AGAIN: i32 = 16;
const ZEROS: i32 = 17;
const MANY_ZEROS: i32 = 18;
/** In which order the head has the lengths of the codes of lengths: 5 bits each, of the first 12 and the others. */
const ORDER: u64 = 0x022c_aa32_4e80_4a30;
const ORDER_BEHIND: u64 = 0x0003_c2e1_346c;

export function at(table: usize, index: i32): u32 {
  return load<u32>(table + ((<usize>index) << 2));
}

export function set(table: usize, index: i32, value: u32): void {
  store<u32>(table + ((<usize>index) << 2), value);
}

/** The codes of literals, lengths and distances, from how often they occur. */
export function makeCodes(): void {
  measure(LITERAL_COUNTS, LITERALS, MOST_BITS, LITERAL_BITS);
  measure(DISTANCE_COUNTS, DISTANCES, MOST_BITS, DISTANCE_BITS);
  assign(LITERAL_BITS, LITERALS, LITERAL_CODES);
  assign(DISTANCE_BITS, DISTANCES, DISTANCE_CODES);
}

/**
 * How many bits each code has, at most `most`. A complete code always, of at least two symbols: some readers take no other.
 *
 * "In-Place Calculation of Minimum-Redundancy Codes", Moffat and Katajainen, 1995.
 */
function measure(counts: usize, symbols: i32, most: i32, bits: usize): void {
  memory.fill(bits, 0, <usize>symbols);
  const used = sortByCount(counts, symbols);
  if (used < 2) {
    const only: usize = used === 0 ? 0 : <usize>(at(SORTED, 0) & SYMBOL);
    store<u8>(bits + only, 1);
    store<u8>(bits + (only === 0 ? 1 : 0), 1);
    return;
  }
  for (let index = 0; index < used; index++) set(TREE, index, at(SORTED, index) >> SYMBOL_BITS);
  makeTree(used);
  makeDepths(used);
  limitDepths(used, <u32>most);
  for (let index = 0; index < used; index++)
    store<u8>(bits + <usize>(at(SORTED, index) & SYMBOL), <u8>at(TREE, index));
}

/** The symbols that occur, the rarest first; how many. */
function sortByCount(counts: usize, symbols: i32): i32 {
  let used = 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    const count = at(counts, symbol);
    if (count === 0) continue;
    const key = (count << SYMBOL_BITS) | <u32>symbol;
    let index = used++;
    for (; index > 0 && at(SORTED, index - 1) > key; index--) set(SORTED, index, at(SORTED, index - 1));
    set(SORTED, index, key);
  }
  return used;
}

/** From counts to the parent of each inner node. */
function makeTree(used: i32): void {
  set(TREE, 0, at(TREE, 0) + at(TREE, 1));
  let root = 0;
  let leaf = 2;
  for (let next = 1; next < used - 1; next++) {
    let sum: u32 = 0;
    for (let child = 0; child < 2; child++) {
      if (leaf >= used || (root < next && at(TREE, root) < at(TREE, leaf))) {
        sum += at(TREE, root);
        set(TREE, root++, <u32>next);
      } else {
        sum += at(TREE, leaf++);
      }
    }
    set(TREE, next, sum);
  }
}

/** From parents to the depth of each leaf: the deepest first. */
function makeDepths(used: i32): void {
  set(TREE, used - 2, 0);
  for (let node = used - 3; node >= 0; node--) set(TREE, node, at(TREE, <i32>at(TREE, node)) + 1);
  let open = 1;
  let depth: u32 = 0;
  let node = used - 2;
  let next = used - 1;
  while (open > 0) {
    let inner = 0;
    for (; node >= 0 && at(TREE, node) === depth; node--) inner++;
    for (; open > inner; open--) set(TREE, next--, depth);
    open = inner << 1;
    depth++;
  }
}

/** Where depths are cut off, others become greater until all codes have a place, and then as small as there is place for. */
function limitDepths(used: i32, most: u32): void {
  const room: u32 = 1 << most;
  let taken: u32 = 0;
  for (let index = 0; index < used; index++) {
    if (at(TREE, index) > most) set(TREE, index, most);
    taken += room >> at(TREE, index);
  }
  while (taken > room) {
    let index = 0;
    while (at(TREE, index) >= most) index++;
    const depth = at(TREE, index) + 1;
    set(TREE, index, depth);
    taken -= room >> depth;
  }
  for (let index = used - 1; index >= 0 && taken < room; index--) {
    for (;;) {
      const depth = at(TREE, index);
      if (taken + (room >> depth) > room) break;
      set(TREE, index, depth - 1);
      taken += room >> depth;
    }
  }
}

/** The codes of a table of lengths, each with its first bit lowest: that is how they are written. */
function assign(bits: usize, symbols: i32, codes: usize): void {
  // How many codes there are of each length, and then the next of each length.
  memory.fill(TREE, 0, (<usize>(MOST_BITS + 2)) << 2);
  for (let symbol = 0; symbol < symbols; symbol++) {
    const length: i32 = load<u8>(bits + <usize>symbol);
    if (length > 0) set(TREE, length + 1, at(TREE, length + 1) + 1);
  }
  let code: u32 = 0;
  for (let length = 1; length <= MOST_BITS; length++) {
    code = (code + at(TREE, length)) << 1;
    set(TREE, length, code);
  }
  for (let symbol = 0; symbol < symbols; symbol++) {
    const length: i32 = load<u8>(bits + <usize>symbol);
    if (length === 0) {
      set(codes, symbol, 0);
      continue;
    }
    let rest = at(TREE, length);
    set(TREE, length, rest + 1);
    let turned: u32 = 0;
    for (let bit = 0; bit < length; bit++) {
      turned = (turned << 1) | (rest & 1);
      rest >>= 1;
    }
    set(codes, symbol, turned | ((<u32>length) << 24));
  }
}

/** The head of a block. */
export function writeHead(isLast: bool): void {
  let literals = LITERALS;
  while (literals > 257 && load<u8>(LITERAL_BITS + <usize>literals - 1) === 0) literals--;
  let distances = DISTANCES;
  while (distances > 1 && load<u8>(DISTANCE_BITS + <usize>distances - 1) === 0) distances--;
  memory.copy(HEAD_PLAIN, LITERAL_BITS, <usize>literals);
  memory.copy(HEAD_PLAIN + <usize>literals, DISTANCE_BITS, <usize>distances);
  const joined = joinRepeats(literals + distances);
  measure(LENGTH_COUNTS, LENGTHS, MOST_LENGTH_BITS, LENGTH_BITS);
  assign(LENGTH_BITS, LENGTHS, LENGTH_CODES);
  let lengths = LENGTHS;
  while (lengths > 4 && load<u8>(LENGTH_BITS + inOrder(lengths - 1)) === 0) lengths--;
  // Codes are made for each block.
  put(isLast ? 1 : 0, 1);
  put(2, 2);
  put(<u32>(literals - 257), 5);
  put(<u32>(distances - 1), 5);
  put(<u32>(lengths - 4), 4);
  flush();
  for (let index = 0; index < lengths; index++) {
    put(load<u8>(LENGTH_BITS + inOrder(index)), 3);
    flush();
  }
  for (let index = 0; index < joined; index++) {
    const item: u32 = load<u16>(HEAD_JOINED + ((<usize>index) << 1));
    const symbol = <i32>(item & 255);
    const code = at(LENGTH_CODES, symbol);
    put(code & 0xffffff, code >> 24);
    if (symbol === AGAIN) put(item >> 8, 2);
    else if (symbol === ZEROS) put(item >> 8, 3);
    else if (symbol === MANY_ZEROS) put(item >> 8, 7);
    flush();
  }
}

function inOrder(index: i32): usize {
  const five = index < 12 ? ORDER >> (5 * <u64>index) : ORDER_BEHIND >> (5 * <u64>(index - 12));
  return <usize>(five & 31);
}

let joinedItems: i32 = 0;

/** The lengths with repeats as the head has them: a symbol, and above it the extra bits. Returns how many. */
function joinRepeats(count: i32): i32 {
  memory.fill(LENGTH_COUNTS, 0, (<usize>LENGTHS) << 2);
  joinedItems = 0;
  let index = 0;
  while (index < count) {
    const length: i32 = load<u8>(HEAD_PLAIN + <usize>index);
    let run = 1;
    while (index + run < count && <i32>load<u8>(HEAD_PLAIN + <usize>(index + run)) === length) run++;
    index += run;
    if (length === 0) {
      for (; run >= 11; run -= min(run, 138)) addItem(MANY_ZEROS, min(run, 138) - 11);
      if (run >= 3) {
        addItem(ZEROS, run - 3);
        run = 0;
      }
    } else {
      addItem(length, 0);
      run--;
      for (; run >= 3; run -= min(run, 6)) addItem(AGAIN, min(run, 6) - 3);
    }
    for (; run > 0; run--) addItem(length, 0);
  }
  return joinedItems;
}

function addItem(symbol: i32, extra: i32): void {
  store<u16>(HEAD_JOINED + ((<usize>joinedItems) << 1), <u16>(symbol | (extra << 8)));
  joinedItems++;
  set(LENGTH_COUNTS, symbol, at(LENGTH_COUNTS, symbol) + 1);
}

/**
 * A prefix tree of networks, laid out in sorted arrays of numbers: each network knows the one around it. A million networks need a
 * dozen bytes each, and finding the most specific network of an address takes a few steps of a binary search.
 */
import type ipaddr from 'ipaddr.js';
import { asV4, type Network, parseNetwork } from '../../shared/network.ts';
import { parseV4, readAddress } from '../../shared/read-address.ts';
import type { Repeated } from './string-table.ts';

/** A network as two to five numbers: the words of its first address, and the length of its prefix. */
interface Prefix {
  readonly words: readonly number[];
  readonly bits: number;
}

/** How a network is written; undefined for other strings. IPv4 addresses in IPv6 notation are IPv4. */
function prefixOf(text: string): Prefix | undefined {
  if (!text.includes(':')) return prefixOfV4(text);
  const parsed = parseNetwork(text);
  if (!parsed) return undefined;
  const [address, bits] = asV4(parsed);
  const words = wordsOf(address);
  return { words: words.map((word, at) => (word & maskOf(bits - 32 * at)) >>> 0), bits };
}

/** Feeds have a million of them: the library tells what is no address by an exception, which takes a hundred times as long. */
function prefixOfV4(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const length = slash < 0 ? '32' : text.slice(slash + 1);
  const word = LEADING_ZERO.test(address) ? undefined : parseV4(address);
  const bits = /^\d{1,2}$/.test(length) ? Number(length) : Number.NaN;
  if (word === undefined || !(bits <= 32)) return undefined;
  return { words: [(word & maskOf(bits)) >>> 0], bits };
}

/** `010.0.0.0` is 10.0.0.0 to some programs and 8.0.0.0 to others. */
const LEADING_ZERO = /(?:^|\.)0\d/;

function wordsOf(address: Network[0]): readonly number[] {
  if (address.kind() === 'ipv4') {
    const [a = 0, b = 0, c = 0, d = 0] = (address as ipaddr.IPv4).octets;
    return [((a << 24) | (b << 16) | (c << 8) | d) >>> 0];
  }
  return wordsOfParts((address as ipaddr.IPv6).parts);
}

function wordsOfParts(parts: readonly number[]): readonly number[] {
  return [0, 2, 4, 6].map((at) => (((parts[at] ?? 0) << 16) | (parts[at + 1] ?? 0)) >>> 0);
}

/** The mask of the first bits of a word of 32 bits. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

/** Whether a string is a network or an address. */
export function isNetwork(text: string): boolean {
  return prefixOf(text) !== undefined;
}

/** Networks with their positions. A network that is there twice is found at its first position. */
export class PrefixTree {
  readonly #v4: Branch;
  readonly #v6: Branch;
  /** The networks that are there several times; undefined if none is. */
  readonly repeated: Repeated | undefined;

  /** @param onWrong is told the position of each string that is no network. */
  constructor(networks: readonly string[], onWrong: (entry: number) => void) {
    const v4 = new Collected(1);
    const v6 = new Collected(4);
    for (const [entry, text] of networks.entries()) {
      const prefix = prefixOf(text);
      if (prefix) (prefix.words.length === 1 ? v4 : v6).add(prefix, entry);
      else onWrong(entry);
    }
    this.#v4 = new Branch(v4);
    this.#v6 = new Branch(v6);
    this.repeated = both(this.#v4.repeated, this.#v6.repeated);
  }

  /** The position of the most specific network that holds an address; -1 if none does, or if the string is no address. */
  find(text: string): number {
    const address = readAddress(text);
    const { v4 } = address;
    if (v4 !== undefined) return this.#v4.size === 0 ? -1 : this.#v4.find([v4]);
    if (this.#v6.size === 0) return -1;
    const { v6 } = address;
    return v6.length === 0 ? -1 : this.#v6.find(wordsOfParts(v6));
  }
}

function both(a: Repeated | undefined, b: Repeated | undefined): Repeated | undefined {
  if (!a || !b) return a ?? b;
  return { ...(a.entry < b.entry ? a : b), count: a.count + b.count };
}

/** Networks of one family as they are read, in growing arrays of numbers. */
class Collected {
  /** How many words of 32 bits an address has. */
  readonly width: number;
  words: Uint32Array;
  bits: Uint8Array;
  entries: Uint32Array;
  size = 0;

  constructor(width: number) {
    this.width = width;
    this.words = new Uint32Array(64 * width);
    this.bits = new Uint8Array(64);
    this.entries = new Uint32Array(64);
  }

  add({ words, bits }: Prefix, entry: number): void {
    if (this.size === this.bits.length) this.#grow();
    this.words.set(words, this.size * this.width);
    this.bits[this.size] = bits;
    this.entries[this.size] = entry;
    this.size += 1;
  }

  #grow(): void {
    const { words, bits, entries } = this;
    this.words = new Uint32Array(2 * words.length);
    this.words.set(words);
    this.bits = new Uint8Array(2 * bits.length);
    this.bits.set(bits);
    this.entries = new Uint32Array(2 * entries.length);
    this.entries.set(entries);
  }
}

/** No network is around this one. */
const OUTERMOST = -1;
/** The index of the first 16 bits of an address: where the networks with these bits begin. */
const INDEXED = 0x10000;
/** With fewer networks than this, the index costs more than it saves. */
const WORTH_AN_INDEX = 1_024;

/** The networks of one family, sorted by first address and then by length, so that a network follows the ones around it. */
class Branch {
  readonly repeated: Repeated | undefined;
  readonly size: number;
  readonly #width: number;
  readonly #words: Uint32Array;
  readonly #bits: Uint8Array;
  /** The position of the network around each; {@link OUTERMOST} for none. */
  readonly #around: Int32Array;
  readonly #entries: Uint32Array;
  readonly #index: Uint32Array | undefined;

  constructor(collected: Collected) {
    const { width } = collected;
    const order = sorted(collected);
    this.#width = width;
    let count = 0;
    let first: { readonly entry: number; readonly before: number } | undefined;
    const kept = new Uint32Array(order.length);
    let size = 0;
    for (const at of order) {
      const last = kept[size - 1];
      if (size > 0 && last !== undefined && compare(collected, last, at) === 0) {
        count += 1;
        const entry = collected.entries[at] ?? 0;
        if (!first || entry < first.entry) first = { entry, before: collected.entries[last] ?? 0 };
      } else kept[size++] = at;
    }
    this.repeated = first && { ...first, count };
    this.size = size;
    this.#words = new Uint32Array(size * width);
    this.#bits = new Uint8Array(size);
    this.#entries = new Uint32Array(size);
    this.#around = new Int32Array(size);
    for (let to = 0; to < size; to++) {
      const at = kept[to] ?? 0;
      this.#words.set(collected.words.subarray(at * width, (at + 1) * width), to * width);
      this.#bits[to] = collected.bits[at] ?? 0;
      this.#entries[to] = collected.entries[at] ?? 0;
      this.#around[to] = this.#innermost(to - 1, this.#words.subarray(to * width, (to + 1) * width));
    }
    this.#index = size < WORTH_AN_INDEX ? undefined : this.#indexed();
  }

  /** The position, as it was given, of the most specific network that holds an address. */
  find(address: readonly number[]): number {
    const at = this.#innermost(this.#lastNotAfter(address), address);
    return at === OUTERMOST ? -1 : (this.#entries[at] ?? 0);
  }

  /** The network that holds the address, among the network at a position and those around it. */
  #innermost(from: number, address: ArrayLike<number>): number {
    let at = from;
    while (at !== OUTERMOST && !this.#holds(at, address)) at = this.#around[at] ?? OUTERMOST;
    return at;
  }

  #holds(at: number, address: ArrayLike<number>): boolean {
    const bits = this.#bits[at] ?? 0;
    for (let word = 0; word < this.#width && word * 32 < bits; word++) {
      const differing = ((this.#words[at * this.#width + word] ?? 0) ^ (address[word] ?? 0)) >>> 0;
      if ((differing & maskOf(bits - 32 * word)) !== 0) return false;
    }
    return true;
  }

  /** The last network that begins at the address or before it; -1 if all begin after it. */
  #lastNotAfter(address: readonly number[]): number {
    const high = (address[0] ?? 0) >>> 16;
    let low = this.#index?.[high] ?? 0;
    let end = this.#index?.[high + 1] ?? this.size;
    while (low < end) {
      const middle = (low + end) >>> 1;
      if (this.#isAfter(middle, address)) end = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  #isAfter(at: number, address: readonly number[]): boolean {
    for (let word = 0; word < this.#width; word++) {
      const difference = (this.#words[at * this.#width + word] ?? 0) - (address[word] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  /** For each value of the first 16 bits, how many networks begin before it. */
  #indexed(): Uint32Array {
    const index = new Uint32Array(INDEXED + 1);
    let at = 0;
    for (let high = 0; high <= INDEXED; high++) {
      while (at < this.size && (this.#words[at * this.#width] ?? 0) >>> 16 < high) at += 1;
      index[high] = at;
    }
    return index;
  }
}

function compare({ words, bits, width }: Collected, a: number, b: number): number {
  for (let word = 0; word < width; word++) {
    const difference = (words[a * width + word] ?? 0) - (words[b * width + word] ?? 0);
    if (difference !== 0) return difference;
  }
  return (bits[a] ?? 0) - (bits[b] ?? 0);
}

const ENTRY_BITS = 26;

/** The positions of networks, sorted by first address, length and position. */
function sorted(collected: Collected): Uint32Array {
  const { size, width, words, bits } = collected;
  if (width > 1) {
    const order = Uint32Array.from({ length: size }, (_, at) => at);
    return order.sort((a, b) => compare(collected, a, b) || a - b);
  }
  // Numbers of 64 bits are sorted several times as fast as with a function that compares: address, length, position.
  const keys = new BigUint64Array(size);
  const halves = new Uint32Array(keys.buffer);
  for (let at = 0; at < size; at++) {
    halves[2 * at] = ((bits[at] ?? 0) << ENTRY_BITS) | at;
    halves[2 * at + 1] = words[at] ?? 0;
  }
  keys.sort();
  return Uint32Array.from({ length: size }, (_, at) => (halves[2 * at] ?? 0) & (2 ** ENTRY_BITS - 1));
}

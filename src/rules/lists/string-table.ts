/** A set of strings in little memory: a million of them as one string with a hash table of numbers, instead of a million objects. */

/** A slot without a string. */
const FREE = 0;
const LEAST_SLOTS = 16;

/** A string that the table holds a second time. */
export interface Repeated {
  readonly count: number;
  /** The position of the first one, and of the equal one before it. */
  readonly entry: number;
  readonly before: number;
}

/** Strings with their positions. A string that is there twice is found at its first position. */
export class StringTable {
  /** All strings, one behind the other. */
  readonly #text: string;
  /** Where each string begins; one more than there are strings. */
  readonly #offsets: Uint32Array;
  /** Positions of strings, counted from 1, in the order of their hashes. */
  readonly #slots: Uint32Array;
  /** Random, so that nobody can choose strings that all have the same hash. */
  readonly #seed: number;
  readonly #longest: number;
  /** The strings that are there several times; undefined if none is. */
  readonly repeated: Repeated | undefined;

  constructor(strings: readonly string[]) {
    this.#seed = Math.floor(Math.random() * 2 ** 32) | 1;
    this.#text = joined(strings);
    this.#offsets = new Uint32Array(strings.length + 1);
    let slots = LEAST_SLOTS;
    while (slots < 2 * strings.length) slots *= 2;
    this.#slots = new Uint32Array(slots);
    let offset = 0;
    let longest = 0;
    for (const [entry, { length }] of strings.entries()) {
      offset += length;
      this.#offsets[entry + 1] = offset;
      if (length > longest) longest = length;
    }
    this.#longest = longest;
    this.repeated = this.#fill(strings);
  }

  get size(): number {
    return this.#offsets.length - 1;
  }

  /** The length of the longest string: a longer one need not be looked up. */
  get longest(): number {
    return this.#longest;
  }

  /** The position of a string; -1 if the table does not hold it. */
  find(text: string): number {
    if (text.length > this.#longest) return -1;
    return (this.#slots[this.#slotOf(text)] ?? FREE) - 1;
  }

  /** The string at a position. */
  at(entry: number): string {
    return this.#text.slice(this.#offsets[entry], this.#offsets[entry + 1]);
  }

  #fill(strings: readonly string[]): Repeated | undefined {
    let count = 0;
    let first: { readonly entry: number; readonly before: number } | undefined;
    for (const [entry, text] of strings.entries()) {
      const slot = this.#slotOf(text);
      const held = this.#slots[slot] ?? FREE;
      if (held === FREE) this.#slots[slot] = entry + 1;
      else {
        count += 1;
        first ??= { entry, before: held - 1 };
      }
    }
    return first && { ...first, count };
  }

  /** The slot that holds a string, or the free one where it belongs. */
  #slotOf(text: string): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(text, this.#seed) & mask; ; slot = (slot + 1) & mask) {
      const held = this.#slots[slot] ?? FREE;
      if (held === FREE || this.#holds(held - 1, text)) return slot;
    }
  }

  #holds(entry: number, text: string): boolean {
    const from = this.#offsets[entry] ?? 0;
    return (this.#offsets[entry + 1] ?? 0) - from === text.length && this.#text.startsWith(text, from);
  }
}

/** How many strings are joined at once: all of them at once would need a list of a million pieces. */
const PIECE = 65_536;

function joined(strings: readonly string[]): string {
  const pieces: string[] = [];
  for (let from = 0; from < strings.length; from += PIECE) {
    pieces.push(strings.slice(from, from + PIECE).join(''));
  }
  return pieces.join('');
}

/** MurmurHash3 of the UTF-16 units, with a seed. */
function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) {
    let unit = Math.imul(text.charCodeAt(at), 0xcc9e2d51);
    unit = Math.imul((unit << 15) | (unit >>> 17), 0x1b873593);
    hash ^= unit;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

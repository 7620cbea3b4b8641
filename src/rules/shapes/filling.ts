/** What events have in common whose slots are filled alike: which objects are there, and the text between the values. */

import type { ByteWriter } from '../../shared/byte-writer.ts';
import type { RowBytes } from '../../shared/row-bytes.ts';
import type { JsonText, Slot, Values } from './event-tree.ts';
import type { Template } from './template.ts';

/** How many ways of filling a template are kept. Rows come in few; more means that a sender makes columns up. */
const MOST = 64;
/** Two bits say how a slot is filled. */
const [SLOTS_PER_WORD, BITS] = [16, 2];
const [EMPTY, FILLED, FIXED] = [0, 1, 2];
/** A large odd number (2^32 divided by the golden ratio), so that similar words land far apart. */
const SPREAD = 0x9e3779b1;

/** Values that depend only on which slots are filled. Undefined: the event would be invalid. */
export type Finisher = (
  values: Values,
  there: Uint8Array,
) => readonly (readonly [slot: Slot, value: JsonText])[] | undefined;

/** One way of filling a template. */
export interface Filling {
  readonly words: Int32Array;
  /** By node of the template: 1 where the object is there. */
  readonly there: Uint8Array;
  /** Undefined: the event would be invalid. */
  readonly finished: ReturnType<Finisher>;
  /** Made for the first event that is written. */
  skeleton: Skeleton | undefined;
}

/** The bytes between the values, and the slots of the values. */
interface Skeleton {
  readonly texts: readonly Uint8Array[];
  readonly slots: readonly number[];
}

/** The fillings of a template that rows brought. */
export class Fillings {
  readonly #template: Template;
  readonly #finish: Finisher;
  readonly #words: Int32Array;
  readonly #known: (Filling | undefined)[] = new Array<undefined>(MOST).fill(undefined);

  constructor(template: Template, finish: Finisher) {
    this.#template = template;
    this.#finish = finish;
    this.#words = new Int32Array(Math.ceil(template.slots.length / SLOTS_PER_WORD));
  }

  /** The filling of these values. */
  of(values: Values): Filling {
    const words = this.#words;
    const at = this.#read(values) & (MOST - 1);
    const known = this.#known[at];
    if (known && areEqual(known.words, words)) return known;
    const there = this.#template.complete(values);
    const finished = there[0] === 1 ? this.#finish(values, there) : undefined;
    const made: Filling = { words: words.slice(), there, finished, skeleton: undefined };
    this.#known[at] = made;
    return made;
  }

  /** Notes how each slot is filled, and returns a hash of it. */
  #read(values: Values): number {
    const { fixed, slots } = this.#template;
    const words = this.#words;
    let [hash, word] = [0, 0];
    for (let slot = 0; slot < slots.length; slot++) {
      const value = values[slot];
      word = (word << BITS) | (value === undefined ? EMPTY : value === fixed[slot] ? FIXED : FILLED);
      if (slot % SLOTS_PER_WORD !== SLOTS_PER_WORD - 1) continue;
      words[Math.floor(slot / SLOTS_PER_WORD)] = word;
      hash = Math.imul(hash ^ word, SPREAD);
      word = 0;
    }
    if (slots.length % SLOTS_PER_WORD !== 0) words[words.length - 1] = word;
    hash = Math.imul(hash ^ word, SPREAD);
    return hash >>> 20;
  }
}

function areEqual(one: Int32Array, other: Int32Array): boolean {
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Which slots hold a text that stands in the row's bytes as JSON writes it, so that it is copied. One row at a time. */
export class Copies {
  readonly #places: Int32Array;
  readonly #texts: (string | JsonText | undefined)[];

  constructor(slots: number) {
    this.#places = new Int32Array(slots);
    this.#texts = new Array<undefined>(slots).fill(undefined);
  }

  /** Begins another row. */
  clear(): void {
    this.#places.fill(0);
  }

  /** Says that the column at a place of the row's bytes has this text, or, with {@link COPIED}, the text that nobody decoded. */
  keep(slot: number, place: number, text: string | JsonText): void {
    this.#places[slot] = place + 1;
    this.#texts[slot] = text;
  }

  /** The column that has a slot's value as its text; -1 where there is none, or where another value has replaced it. */
  placeOf(slot: number, value: Values[number]): number {
    const place = this.#places[slot] ?? 0;
    return place > 0 && this.#texts[slot] === value ? place - 1 : -1;
  }
}

const encoder = new TextEncoder();

/** Writes an event without its closing brace: what {@link Template.openText} says, but texts are copied from the row's bytes. */
export function writeOpen(
  template: Template,
  {
    filling,
    values,
    copies,
  }: { readonly filling: Filling; readonly values: Values; readonly copies: Copies },
  writer: ByteWriter,
  bytes: RowBytes,
): void {
  filling.skeleton ??= skeletonOf(template, values, filling);
  const { texts, slots } = filling.skeleton;
  const { page } = bytes;
  for (let nth = 0; nth < slots.length; nth++) {
    const text = texts[nth];
    if (text) writer.bytes(text);
    const slot = slots[nth] ?? 0;
    const value = values[slot];
    const place = copies.placeOf(slot, value);
    if (place >= 0) writer.bytes(page, bytes.valueStart(place), bytes.columnEnd(place));
    else writer.text(template.valueText(slot, value ?? null));
  }
  const last = texts[slots.length];
  if (last) writer.bytes(last);
}

function skeletonOf(template: Template, values: Values, { there }: Filling): Skeleton {
  const { texts, slots } = template.layOut({ values, there });
  return { texts: texts.map((text) => encoder.encode(text)), slots };
}

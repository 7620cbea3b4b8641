/** What events have in common whose slots are filled alike: which objects are there, and the text between the values. */

import type { ByteWriter } from '../../shared/byte-writer.ts';
import type { RowBytes } from '../../shared/row-bytes.ts';
import type { JsonText, Slot, Values } from './event-tree.ts';
import { SlotList } from './slot-list.ts';
import type { Event, Template } from './template.ts';

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
  /** What stands between the values, one behind the other. */
  readonly view: DataView;
  /** By value: where in these bytes ends what stands before it. */
  readonly ends: Int32Array;
  readonly slots: Int32Array;
}

/** The fillings of a template that rows brought. */
export class Fillings {
  readonly #template: Template;
  readonly #finish: Finisher;
  readonly #words: Int32Array;
  /** By hash, the oldest first. */
  readonly #known = new Map<number, Filling>();

  constructor(template: Template, finish: Finisher) {
    this.#template = template;
    this.#finish = finish;
    this.#words = new Int32Array(Math.ceil(template.slots.length / SLOTS_PER_WORD));
  }

  /** The filling of these values. */
  of(values: Values): Filling {
    const words = this.#words;
    const hash = this.#read(values);
    const known = this.#known.get(hash);
    if (known && areEqual(known.words, words)) return known;
    const there = this.#template.complete(values);
    const finished = there[0] === 1 ? this.#finish(values, there) : undefined;
    const made: Filling = { words: words.slice(), there, finished, skeleton: undefined };
    this.#keep(hash, made);
    return made;
  }

  #keep(hash: number, made: Filling): void {
    const known = this.#known;
    // One of another filling with the same hash is replaced, and so becomes the youngest.
    known.delete(hash);
    const [oldest] = known.size < MOST ? [] : known.keys();
    if (oldest !== undefined) known.delete(oldest);
    known.set(hash, made);
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
    return Math.imul(hash ^ word, SPREAD);
  }
}

function areEqual(one: Int32Array, other: Int32Array): boolean {
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Which slots hold a text that stands in the row's bytes, so that its JSON text is copied. One row at a time. */
export class Copies {
  /** By slot: the place of the column and one, or 0. The texts are not kept: a long one of the last row would fill the memory. */
  readonly #places: Int32Array;

  constructor(slots: number) {
    this.#places = new Int32Array(slots);
  }

  /** Begins another row. */
  clear(): void {
    this.#places.fill(0);
  }

  /** Says that the column at a place of the row's bytes has the slot's text, or, with {@link COPIED}, the text that nobody decoded. */
  keep(slot: number, place: number): void {
    this.#places[slot] = place + 1;
  }

  /** The column that has a slot's text; -1 where there is none. */
  placeOf(slot: number): number {
    return (this.#places[slot] ?? 0) - 1;
  }
}

const encoder = new TextEncoder();

/** What an event is written from: its values, and the row's bytes from which texts are copied. */
export interface Written {
  readonly filling: Filling;
  readonly values: Values;
  readonly copies: Copies;
  readonly bytes: RowBytes;
}

/**
 * Writes an event without its closing brace: what {@link Template.openText} says, but texts are copied from the row's bytes.
 *
 * @param behind what is written next; the same for all events of the template.
 */
export function writeOpen(
  template: Template,
  { filling, values, copies, bytes }: Written,
  { writer, behind }: { readonly writer: ByteWriter; readonly behind: string },
): void {
  filling.skeleton ??= skeletonOf(template, { values, there: filling.there }, behind);
  const { view, ends, slots } = filling.skeleton;
  let from = 0;
  for (let nth = 0; nth < slots.length; nth++) {
    const to = ends[nth] ?? 0;
    writer.copy(view, from, to);
    from = to;
    const slot = slots[nth] ?? 0;
    const value = values[slot];
    const place = copies.placeOf(slot);
    if (place >= 0) writer.copy(bytes.view, bytes.valueStart(place), bytes.columnEnd(place));
    else if (value instanceof SlotList) writeList(value, { copies, bytes, writer });
    else writeValue(template, slot, { value, writer });
  }
  writer.copy(view, from, view.byteLength);
}

function writeValue(
  template: Template,
  slot: number,
  { value, writer }: { readonly value: Values[number]; readonly writer: ByteWriter },
): void {
  if (typeof value === 'string') writer.json(value);
  else if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) writer.whole(value);
  else writer.text(template.valueText(slot, value ?? null));
}

function writeList(
  list: SlotList,
  {
    copies,
    bytes,
    writer,
  }: { readonly copies: Copies; readonly bytes: RowBytes; readonly writer: ByteWriter },
): void {
  list.write(writer, (slot) => {
    const place = copies.placeOf(slot);
    if (place < 0) return false;
    writer.copy(bytes.view, bytes.valueStart(place), bytes.columnEnd(place));
    return true;
  });
}

function skeletonOf(template: Template, event: Event, behind: string): Skeleton {
  const { texts, slots } = template.layOut(event);
  const pieces = texts.map((text, nth) => encoder.encode(nth === slots.length ? text + behind : text));
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  const ends = pieces.map((piece) => {
    all.set(piece, end);
    end += piece.length;
    return end;
  });
  return {
    view: new DataView(all.buffer),
    ends: Int32Array.from(ends.slice(0, slots.length)),
    slots: Int32Array.from(slots),
  };
}

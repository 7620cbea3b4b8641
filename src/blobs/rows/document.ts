/** Cuts a JSON document into the elements of its array, or into the objects that it is a sequence of. */
import { Carry } from './carry.ts';
import type { RawRow, RowSplitter } from './raw-row.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** The position of the next byte in the structure of the document. */
type Place =
  /** Outside any array, or before the first object. `{"records":` and the closing `}` are skipped; format.ts has checked them already. */
  | 'outside'
  /** In the array, between elements. */
  | 'between'
  /** In an element, within an object or array. */
  | 'nested'
  /** In a string, in an element or as an element. */
  | 'string'
  /** After the backslash of a string. */
  | 'escaped'
  /** In an element that is a number, `true`, `false` or `null`. */
  | 'bare'
  /** After a byte that is not valid there. */
  | 'wrong';

const UNFINISHED: ReadonlySet<Place> = new Set(['nested', 'string', 'escaped', 'bare', 'wrong']);

/**
 * Splits a JSON document into rows: the elements of `[...]`, or of `{"records": [...]}`; there may be several such values in sequence.
 *
 * Content that does not have this form becomes one last row, from the first wrong byte to the end, for the dead letters.
 *
 * @param start the logical offset of the first byte that will be pushed: 0, or the `end` of an element.
 * @param limit how many bytes of one row are kept in memory.
 */
export function documentSplitter(start: number, limit: number): RowSplitter {
  return new DocumentSplitter(start, limit, OPEN_ARRAY);
}

/** Splits JSON objects that follow one another, each on as many lines as it takes, into rows; otherwise as {@link documentSplitter}. */
export function objectSplitter(start: number, limit: number): RowSplitter {
  return new DocumentSplitter(start, limit, OPEN_OBJECT);
}

class DocumentSplitter implements RowSplitter {
  readonly #carry: Carry;
  /** What the elements begin with: their array, or the first of them. */
  readonly #opener: typeof OPEN_ARRAY | typeof OPEN_OBJECT;
  #place: Place;
  /** The number of open objects and arrays in the element; 0 in a string that is the element itself. */
  #depth = 0;
  /** The logical offset of the chunk's first byte. */
  #cursor: number;
  #position: number;
  /** The position in the chunk at which the unfinished element begins. */
  #from = 0;
  #rows: RawRow[] = [];

  constructor(start: number, limit: number, opener: typeof OPEN_ARRAY | typeof OPEN_OBJECT) {
    this.#carry = new Carry(limit);
    this.#opener = opener;
    this.#place = start === 0 ? 'outside' : 'between';
    this.#cursor = start;
    this.#position = start;
  }

  get position(): number {
    return this.#position;
  }

  push(chunk: Buffer): readonly RawRow[] {
    this.#rows = [];
    this.#from = 0;
    let at = 0;
    while (at < chunk.length) at = this.#read(chunk, at);
    if (UNFINISHED.has(this.#place)) this.#carry.add(chunk.subarray(this.#from));
    this.#cursor += chunk.length;
    return this.#rows;
  }

  rest(): RawRow | undefined {
    if (this.#carry.length === 0) return undefined;
    return this.#row(this.#cursor);
  }

  /** Reads from `at` until the place changes or the chunk ends; returns the position at which to continue. */
  #read(chunk: Buffer, at: number): number {
    switch (this.#place) {
      case 'outside':
        return this.#readOutside(chunk, at);
      case 'between':
        return this.#readBetween(chunk, at);
      case 'nested':
        return this.#readNested(chunk, at);
      case 'string':
        return this.#readString(chunk, at);
      case 'escaped':
        this.#place = 'string';
        return at + 1;
      case 'bare':
        return this.#readBare(chunk, at);
      case 'wrong':
        return chunk.length;
    }
  }

  #readOutside(chunk: Buffer, at: number): number {
    const open = chunk.indexOf(this.#opener, at);
    if (open === -1) return chunk.length;
    this.#place = 'between';
    return this.#opener === OPEN_ARRAY ? open + 1 : open;
  }

  #readBetween(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length && isGap(chunk[at])) at++;
    if (at === chunk.length) return at;
    const byte = chunk[at];
    if (byte === CLOSE_ARRAY && this.#opener === OPEN_ARRAY) {
      this.#place = 'outside';
      return at + 1;
    }
    this.#from = at;
    this.#depth = 0;
    if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#place = 'wrong';
    else if (byte === QUOTE) this.#place = 'string';
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#place = 'nested';
      this.#depth = 1;
    } else this.#place = 'bare';
    return at + 1;
  }

  #readNested(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === QUOTE) {
        this.#place = 'string';
        return at + 1;
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.#depth--;
        if (this.#depth === 0) return this.#finish(chunk, at + 1);
      }
    }
    return chunk.length;
  }

  #readString(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === BACKSLASH) {
        this.#place = 'escaped';
        return at + 1;
      }
      if (byte === QUOTE) {
        if (this.#depth === 0) return this.#finish(chunk, at + 1);
        this.#place = 'nested';
        return at + 1;
      }
    }
    return chunk.length;
  }

  #readBare(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      if (isGap(chunk[at]) || chunk[at] === CLOSE_ARRAY) return this.#finish(chunk, at);
    }
    return chunk.length;
  }

  /** Finishes the element, which ends before `at`. */
  #finish(chunk: Buffer, at: number): number {
    this.#carry.add(chunk.subarray(this.#from, at));
    this.#position = this.#cursor + at;
    this.#rows.push(this.#row(this.#position));
    this.#carry.clear();
    this.#place = 'between';
    return at;
  }

  #row(end: number): RawRow {
    const { length, truncated } = this.#carry;
    return { offset: end - length, end, bytes: this.#carry.bytes(), truncated };
  }
}

/** Whether a byte may be between two elements. Control characters count as white space. */
function isGap(byte: number | undefined): boolean {
  return byte === COMMA || (byte !== undefined && byte <= SPACE);
}

/** Appends text and bytes to a buffer that grows. It uses no Node modules, because encoders also run in browsers. */

/** Pieces up to this length are copied in a loop, which costs less than a call of the engine's copy function. Bytes. */
const SHORT_COPY = 32;
/** The same for pieces of a view, of which a loop copies four words at once. */
const SHORT_VIEW = 1024;
const WORD = 8;
const FOUR_WORDS = 4 * WORD;
const SHORT_TEXT = 40;
const [BLANK, QUOTE, BACKSLASH, TILDE] = [0x20, 0x22, 0x5c, 0x7e];
const [ZERO, TEN] = [0x30, 10];
/** Numbers below are divided as 32-bit integers. */
const MILLIARD = 1_000_000_000;
const MILLIARD_ZEROS = 9;
/** Digits of the largest whole number that a double holds exactly. */
const MOST_DIGITS = 16;
const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

/** Where writers get their buffers, and where buffers go that nobody reads any more. */
export interface Buffers {
  /** A buffer of at least so many bytes. What it holds is of no meaning. */
  take(bytes: number): Uint8Array<ArrayBuffer>;
  /** Gives a buffer that nobody reads or writes from now on: it is overwritten at any time. */
  give(buffer: Uint8Array<ArrayBuffer>): void;
}

/** New buffers each time, which the garbage collector frees. */
const NEW_BUFFERS: Buffers = {
  take: (bytes) => new Uint8Array(bytes),
  give() {},
};

/** A growing buffer to which text and bytes are appended. */
export class ByteWriter {
  readonly #buffers: Buffers;
  #buffer: Uint8Array<ArrayBuffer>;
  /** The buffer's bytes; made when something is copied from a view. */
  #view: DataView | undefined;
  #length = 0;
  #cuts = 0;
  /** Whether a view of the buffer was handed out, so that the buffer must not be given back. */
  #isLent = false;

  /** @param capacity how many bytes to allocate now; more are allocated when needed. */
  constructor(capacity = 1024, buffers: Buffers = NEW_BUFFERS) {
    this.#buffers = buffers;
    this.#buffer = buffers.take(capacity);
  }

  /** The number of bytes written. */
  get length(): number {
    return this.#length;
  }

  /** How often bytes were removed. While this number stays the same, everything that was written is still there, at the same place. */
  get cuts(): number {
    return this.#cuts;
  }

  /** The number of bytes allocated. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Writes text as UTF-8; a surrogate without its partner becomes U+FFFD. */
  text(text: string): void {
    this.reserve(text.length);
    if (text.length <= SHORT_TEXT && this.#short(text)) return;
    let rest = text;
    for (;;) {
      const { read, written } = encoder.encodeInto(rest, this.#buffer.subarray(this.#length));
      this.#length += written;
      if (read === rest.length) return;
      rest = rest.slice(read);
      // A UTF-16 unit takes at most three bytes of UTF-8.
      this.reserve(rest.length * 3);
    }
  }

  /** Writes the bytes from `start` to `end`. */
  bytes(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const count = end - start;
    this.reserve(count);
    const buffer = this.#buffer;
    const at = this.#length;
    if (count > SHORT_COPY) {
      // A part of Node's Buffer would be another one, which costs several times what a plain view does.
      const isWhole = start === 0 && end === bytes.length;
      buffer.set(isWhole ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset + start, count), at);
    } else {
      for (let index = 0; index < count; index++) buffer[at + index] = bytes[start + index] ?? 0;
    }
    this.#length = at + count;
  }

  /** Writes the bytes from `start` to `end` of a view. Short pieces cost a third of what {@link bytes} takes for them. */
  copy(source: DataView, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    const at = this.#length;
    this.#length = at + count;
    if (count > SHORT_VIEW) {
      this.#buffer.set(new Uint8Array(source.buffer, source.byteOffset + start, count), at);
      return;
    }
    this.#view ??= new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.length);
    const view = this.#view;
    if (count < WORD) {
      for (let index = 0; index < count; index++) view.setUint8(at + index, source.getUint8(start + index));
      return;
    }
    // The engine keeps these in registers and makes no BigInt. The last word may overlap the one before it.
    const last = count - WORD;
    let index = 0;
    for (; index + FOUR_WORDS <= last; index += FOUR_WORDS) {
      view.setBigUint64(at + index, source.getBigUint64(start + index, true), true);
      view.setBigUint64(at + index + WORD, source.getBigUint64(start + index + WORD, true), true);
      view.setBigUint64(at + index + 2 * WORD, source.getBigUint64(start + index + 2 * WORD, true), true);
      view.setBigUint64(at + index + 3 * WORD, source.getBigUint64(start + index + 3 * WORD, true), true);
    }
    for (; index < last; index += WORD)
      view.setBigUint64(at + index, source.getBigUint64(start + index, true), true);
    view.setBigUint64(at + last, source.getBigUint64(start + last, true), true);
  }

  /** Writes a whole number in decimal. @param value from 0 to `Number.MAX_SAFE_INTEGER`. */
  whole(value: number): void {
    this.reserve(MOST_DIGITS);
    if (value < MILLIARD) {
      this.#digits(value, 1);
      return;
    }
    const high = Math.floor(value / MILLIARD);
    this.#digits(high, 1);
    this.#digits(value - high * MILLIARD, MILLIARD_ZEROS);
  }

  /** Writes a value as JSON. Throws a TypeError for a value that JSON does not have, such as `undefined`. */
  json(value: unknown): void {
    if (typeof value === 'string' && value.length <= SHORT_TEXT && this.#shortString(value)) return;
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw new TypeError('There is no JSON text of this value');
    this.text(text);
  }

  /**
   * A view, not a copy, of the bytes from `start` to `end`. Later writes do not change them, except writes after a `truncate`. The buffer
   * is never given back then.
   */
  slice(start = 0, end: number = this.#length): Uint8Array<ArrayBuffer> {
    const view = this.peek(start, end);
    this.#isLent = true;
    return view;
  }

  /** The same for a reader that is done before anything else is done with the writer. */
  peek(start = 0, end: number = this.#length): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(start, Math.min(end, this.#length));
  }

  /** Removes everything after the first `length` bytes. */
  truncate(length: number): void {
    if (length > this.#length) throw new RangeError(`${length} bytes were never written`);
    this.#length = length;
    this.#cuts += 1;
  }

  /** Gives the buffer back, and the writer is empty; but where a view of it was handed out, everything stays. */
  release(): void {
    if (this.#isLent) return;
    this.#replace(NOTHING);
    this.#length = 0;
    this.#cuts += 1;
  }

  /** Keeps the buffer from being given back, as a view of it is read for longer. */
  lend(): void {
    this.#isLent = true;
  }

  /** Makes room for at least so many more bytes, so that writing them allocates nothing. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = this.#buffers.take(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#replace(grown);
  }

  #replace(buffer: Uint8Array<ArrayBuffer>): void {
    if (!this.#isLent) this.#buffers.give(this.#buffer);
    this.#isLent = false;
    this.#buffer = buffer;
    this.#view = undefined;
  }

  /** Writes a number below a milliard in decimal, with zeros before it up to `least` digits. */
  #digits(value: number, least: number): void {
    let count = least;
    for (let limit = TEN ** least; value >= limit; limit *= TEN) count++;
    const buffer = this.#buffer;
    const end = this.#length + count;
    let rest = value | 0;
    for (let at = end - 1; at >= this.#length; at--) {
      const next = (rest / TEN) | 0;
      buffer[at] = ZERO + rest - next * TEN;
      rest = next;
    }
    this.#length = end;
  }

  /** Writes a few characters as a string of JSON. If one of them has to be escaped, or is not ASCII, it writes nothing and returns false. */
  #shortString(text: string): boolean {
    this.reserve(text.length + 2);
    const buffer = this.#buffer;
    const at = this.#length + 1;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < BLANK || code > TILDE || code === QUOTE || code === BACKSLASH) return false;
      buffer[at + index] = code;
    }
    buffer[at - 1] = QUOTE;
    buffer[at + text.length] = QUOTE;
    this.#length = at + text.length + 1;
    return true;
  }

  /** Writes a few characters of ASCII. For other strings it writes nothing and returns false. */
  #short(text: string): boolean {
    const buffer = this.#buffer;
    const at = this.#length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      buffer[at + index] = code;
    }
    this.#length = at + text.length;
    return true;
  }
}

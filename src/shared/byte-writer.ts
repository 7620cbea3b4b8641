/** Writes text and bytes one behind the other into a buffer that grows. It uses nothing of Node, since encoders also run in browsers. */

/** Shorter pieces are copied by a loop, which costs less than a call of the engine's own copying. Bytes. */
const SHORT_COPY = 32;
const SHORT_TEXT = 16;
const encoder = new TextEncoder();

/** A buffer that is written from its beginning to its end. */
export class ByteWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param capacity bytes that are allocated now; more are allocated when they are needed. */
  constructor(capacity = 1024) {
    this.#buffer = new Uint8Array(capacity);
  }

  /** Bytes written. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that it holds. */
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
      // No character of UTF-16 takes more bytes than three.
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
      buffer.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), at);
    } else {
      for (let index = 0; index < count; index++) buffer[at + index] = bytes[start + index] ?? 0;
    }
    this.#length = at + count;
  }

  /** Writes a value as JSON text. Throws a TypeError for a value without one, such as `undefined`. */
  json(value: unknown): void {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw new TypeError('There is no JSON text of this value');
    this.text(text);
  }

  /** The bytes from `start` to `end`: a view, not a copy. What is written later does not change it, but for what comes after `truncate`. */
  slice(start = 0, end: number = this.#length): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(start, Math.min(end, this.#length));
  }

  /** Takes back what was written behind the first `length` bytes. */
  truncate(length: number): void {
    if (length > this.#length) throw new RangeError(`${length} bytes were never written`);
    this.#length = length;
  }

  /** Makes room for so many more bytes at least, so that writing them allocates nothing. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }

  /** Writes ASCII of a few characters; false where it is something else, and nothing was written. */
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

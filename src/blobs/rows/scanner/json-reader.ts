/** The twin's reader of JSON values: strict as JSON.parse, byte by byte, without recursion. */
import { hashOf } from './key-hash.ts';
import { KeySet } from './key-set.ts';
import {
  DEPTH_MOST,
  FLAG_DUPLICATE_KEY,
  FLAG_INEXACT,
  FLAG_MANY_KEYS,
  FLAG_NOT_JSON,
  FLAG_NOT_UTF8,
  FLAG_TOO_DEEP,
  KIND_ARRAY,
  KIND_ASCII,
  KIND_ESCAPED,
  KIND_FALSE,
  KIND_INEXACT,
  KIND_NULL,
  KIND_NUMBER,
  KIND_OBJECT,
  KIND_TRUE,
  KIND_UTF8,
} from './layout.ts';

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const COLON = 0x3a;
export const COMMA = 0x2c;
const SPACE = 0x20;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/** 2^53 - 1. */
const GREATEST_SAFE = Buffer.from('9007199254740991');
/** With so many digits and an exponent of two digits at most, a number is neither infinite nor 0 to a double. */
const PLAIN_DIGITS = 200;

/**
 * Reads JSON values of one row. Each method reads from `at` on, moves `at` behind what it has read and returns its kind; where the
 * bytes are wrong it sets a flag and returns 0, and then nothing else may be read.
 */
export class JsonReader {
  bytes: Uint8Array = new Uint8Array();
  at = 0;
  /** Where the row ends. */
  end = 0;
  flags = 0;
  /** Members and elements so far, as scanRow counts them. */
  values = 0;
  /** Objects so far: their numbers tell their keys apart. */
  #objects = 0;
  readonly #keys = new KeySet();
  /** Of each open object its number; -1 for an array. By depth. */
  readonly #open = new Int32Array(DEPTH_MOST + 1);

  /** Begins with a row. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.flags = 0;
    this.values = 0;
    this.#objects = 0;
    this.#keys.clear();
  }

  fail(flag: number): 0 {
    this.flags |= flag;
    return 0;
  }

  /** The byte at `at`; -1 behind the row's end. */
  byte(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1;
  }

  space(): void {
    for (;;) {
      const byte = this.byte();
      if (byte !== SPACE && byte !== TAB && byte !== CR && byte !== LF) return;
      this.at++;
    }
  }

  /** An object was opened: its number. */
  object(): number {
    return this.#objects++;
  }

  /** A string; `at` is on its quote. */
  string(): number {
    let kind = KIND_ASCII;
    this.at++;
    for (;;) {
      this.#plain();
      const byte = this.byte();
      if (byte === QUOTE) {
        this.at++;
        return kind;
      }
      if (byte === BACKSLASH) {
        if (!this.#escape()) return this.fail(FLAG_NOT_JSON);
        kind = KIND_ESCAPED;
      } else if (byte < SPACE) return this.fail(FLAG_NOT_JSON);
      else {
        const length = this.#sequence(byte);
        if (length === 0) return this.fail(FLAG_NOT_UTF8);
        this.at += length;
        if (kind === KIND_ASCII) kind = KIND_UTF8;
      }
    }
  }

  /** Moves `at` behind ASCII characters that stand for themselves. Most bytes of a row are read here. */
  #plain(): void {
    const { bytes, end } = this;
    let at = this.at;
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte < SPACE || byte >= 0x80 || byte === QUOTE || byte === BACKSLASH) break;
    }
    this.at = at;
  }

  #escape(): boolean {
    this.at++;
    const byte = this.byte();
    this.at++;
    if (byte !== LOWER_U) return ESCAPES.has(byte);
    for (let digits = 0; digits < 4; digits++) {
      if (!isHex(this.byte())) return false;
      this.at++;
    }
    return true;
  }

  /** How long the UTF-8 sequence at `at` is that begins with `lead`; 0 where it is none (Unicode 16, table 3-7). */
  #sequence(lead: number): number {
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (this.at + length > this.end) return 0;
    const second = this.bytes[this.at + 1] ?? 0;
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return 0;
    for (let index = 2; index < length; index++) {
      if (((this.bytes[this.at + index] ?? 0) & 0xc0) !== 0x80) return 0;
    }
    return length;
  }

  /** A member's key with its colon, and the white space behind it. Its kind, as a string. */
  key(object: number): number {
    if (this.byte() !== QUOTE) return this.fail(FLAG_NOT_JSON);
    const start = this.at + 1;
    const kind = this.string();
    if (kind === 0) return 0;
    this.keyStart = start;
    this.keyEnd = this.at - 1;
    this.keyHash = hashOf(this.bytes, start, this.keyEnd);
    const seen = this.#keys.add(object, this.keyHash);
    if (seen === 'again') this.flags |= FLAG_DUPLICATE_KEY;
    else if (seen === 'full') this.flags |= FLAG_MANY_KEYS;
    this.space();
    if (this.byte() !== COLON) return this.fail(FLAG_NOT_JSON);
    this.at++;
    this.space();
    return kind;
  }
  /** Of the key that was read last. */
  keyStart = 0;
  keyEnd = 0;
  keyHash = 0;

  /** Any value. `depth`: how many arrays and objects are open around it. */
  value(depth: number): number {
    const byte = this.byte();
    return byte === OPEN_OBJECT || byte === OPEN_ARRAY ? this.#nested(depth) : this.#scalar(byte);
  }

  #scalar(byte: number): number {
    switch (byte) {
      case QUOTE:
        return this.string();
      case 0x74:
        return this.#literal(TRUE, KIND_TRUE);
      case 0x66:
        return this.#literal(FALSE, KIND_FALSE);
      case 0x6e:
        return this.#literal(NULL, KIND_NULL);
      default:
        return this.#number();
    }
  }

  #literal(text: Uint8Array, kind: number): number {
    for (const byte of text) {
      if (this.byte() !== byte) return this.fail(FLAG_NOT_JSON);
      this.at++;
    }
    return kind;
  }

  #number(): number {
    const negative = this.byte() === MINUS;
    if (negative) this.at++;
    const start = this.at;
    if (this.byte() === ZERO) this.at++;
    else if (this.#digits() === 0) return this.fail(FLAG_NOT_JSON);
    const whole = this.at - start;
    let mantissa = whole;
    let exponent = 0;
    if (this.byte() === POINT) {
      this.at++;
      const digits = this.#digits();
      if (digits === 0) return this.fail(FLAG_NOT_JSON);
      mantissa += digits;
    }
    const mantissaEnd = this.at;
    if (this.byte() === LOWER_E || this.byte() === UPPER_E) {
      this.at++;
      if (this.byte() === MINUS || this.byte() === PLUS) this.at++;
      exponent = this.#digits();
      if (exponent === 0) return this.fail(FLAG_NOT_JSON);
    }
    const isInteger = this.at - start === whole;
    const inexact =
      (negative && this.#isZero(start, mantissaEnd)) ||
      (isInteger ? this.#isUnsafe(start, whole) : mantissa >= PLAIN_DIGITS || exponent >= 3);
    if (!inexact) return KIND_NUMBER;
    this.flags |= FLAG_INEXACT;
    return KIND_INEXACT;
  }

  /** Reads digits and returns how many. */
  #digits(): number {
    const start = this.at;
    for (let byte = this.byte(); byte >= ZERO && byte <= NINE; byte = this.byte()) this.at++;
    return this.at - start;
  }

  #isZero(start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const byte = this.bytes[at];
      if (byte !== ZERO && byte !== POINT) return false;
    }
    return true;
  }

  /** Whether an integer of so many digits is beyond 2^53 - 1. */
  #isUnsafe(start: number, digits: number): boolean {
    if (digits !== GREATEST_SAFE.length) return digits > GREATEST_SAFE.length;
    for (let index = 0; index < digits; index++) {
      const over = (this.bytes[start + index] ?? 0) - (GREATEST_SAFE[index] ?? 0);
      if (over !== 0) return over > 0;
    }
    return false;
  }

  /** An array or an object with all that is in it. */
  #nested(around: number): number {
    const kind = this.byte() === OPEN_OBJECT ? KIND_OBJECT : KIND_ARRAY;
    let depth = around;
    for (;;) {
      const byte = this.byte();
      let ends = true;
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        depth++;
        if (!this.#enter(depth, byte)) return 0;
        ends = this.byte() === (byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY);
      } else if (this.#scalar(byte) === 0) return 0;
      if (ends) {
        depth = this.#leave(depth, around);
        if (depth < 0) return 0;
        if (depth === around) return kind;
      }
      const object = this.#open[depth] ?? -1;
      if (object >= 0 && this.key(object) === 0) return 0;
    }
  }

  /** Enters an array or an object, up to its first member or its end. */
  #enter(depth: number, byte: number): boolean {
    this.values++;
    if (depth > DEPTH_MOST) {
      this.flags |= FLAG_TOO_DEEP;
      return false;
    }
    this.#open[depth] = byte === OPEN_OBJECT ? this.object() : -1;
    this.at++;
    this.space();
    return true;
  }

  /**
   * Behind a value, or on the end of an empty array or object: leaves what ends here and reads the comma before the next value.
   * Returns the depth of what has a next value; `around` where nothing has; -1 where the bytes are wrong.
   */
  #leave(from: number, around: number): number {
    let depth = from;
    for (;;) {
      this.space();
      const byte = this.byte();
      if (byte === COMMA) {
        this.values++;
        this.at++;
        this.space();
        return depth;
      }
      if (byte !== ((this.#open[depth] ?? -1) >= 0 ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        this.fail(FLAG_NOT_JSON);
        return -1;
      }
      this.at++;
      depth--;
      if (depth === around) return depth;
    }
  }
}

function isHex(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

/** The part of Node's `Buffer` that the relay's core uses, for browsers. A test compares it with Node's own. */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

type Encoding = 'utf8' | 'latin1' | 'hex' | 'base64' | 'base64url';

/** Bytes with what `Buffer` has beside them. A part of one shares its memory, as in Node. */
export class Buffer extends Uint8Array<ArrayBuffer> {
  static override from(
    data: string | ArrayLike<number> | Iterable<number> | ArrayBuffer,
    second?: unknown,
    length?: number,
  ): Buffer {
    if (typeof data === 'string') return own(bytesOf(data, typeof second === 'string' ? second : 'utf8'));
    if (data instanceof ArrayBuffer) return new Buffer(data, typeof second === 'number' ? second : 0, length);
    return own(Uint8Array.from('length' in data ? data : [...data]));
  }

  static alloc(length: number): Buffer {
    return new Buffer(new ArrayBuffer(length));
  }

  static allocUnsafe(length: number): Buffer {
    return new Buffer(new ArrayBuffer(length));
  }

  static allocUnsafeSlow(length: number): Buffer {
    return new Buffer(new ArrayBuffer(length));
  }

  static isBuffer(value: unknown): value is Buffer {
    return value instanceof Buffer;
  }

  static byteLength(text: string): number {
    return encoder.encode(text).length;
  }

  static concat(
    pieces: readonly Uint8Array[],
    length = pieces.reduce((sum, one) => sum + one.length, 0),
  ): Buffer {
    const whole = Buffer.alloc(length);
    let at = 0;
    for (const piece of pieces) {
      const fitting = piece.subarray(0, length - at);
      whole.set(fitting, at);
      at += fitting.length;
    }
    return whole;
  }

  override toString(encoding: Encoding | string = 'utf8', from = 0, to: number = this.length): string {
    return textOf(this.subarray(from, to), encoding);
  }

  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((byte, at) => byte === other[at]);
  }

  /** @param ranges as in Node: from and to in the other, then from and to in this. */
  compare(other: Uint8Array, ...ranges: readonly number[]): number {
    const [from = 0, to = other.length, ownFrom = 0, ownTo = this.length] = ranges;
    const [mine, theirs] = [this.subarray(ownFrom, ownTo), other.subarray(from, to)];
    const both = Math.min(mine.length, theirs.length);
    for (let at = 0; at < both; at++) {
      const difference = (mine[at] ?? 0) - (theirs[at] ?? 0);
      if (difference !== 0) return Math.sign(difference);
    }
    return Math.sign(mine.length - theirs.length);
  }

  override includes(wanted: number | string, from = 0): boolean {
    return this.indexOf(wanted, from) !== -1;
  }

  override indexOf(wanted: number | string, from = 0): number {
    if (typeof wanted === 'number') return super.indexOf(wanted, from);
    const bytes = encoder.encode(wanted);
    const [first] = bytes;
    if (first === undefined) return from;
    for (let at = super.indexOf(first, from); at !== -1; at = super.indexOf(first, at + 1)) {
      if (bytes.every((byte, index) => byte === this[at + index])) return at;
    }
    return -1;
  }

  /** Writes text at the beginning, and returns the number of bytes. */
  write(text: string): number {
    return encoder.encodeInto(text, this).written;
  }
}

/** The same memory as a Buffer. */
function own(bytes: Uint8Array<ArrayBuffer>): Buffer {
  return new Buffer(bytes.buffer, bytes.byteOffset, bytes.length);
}

function bytesOf(text: string, encoding: string): Uint8Array<ArrayBuffer> {
  switch (encoding) {
    case 'utf8':
    case 'utf-8':
      return encoder.encode(text);
    case 'latin1':
      return Uint8Array.from({ length: text.length }, (_, at) => text.charCodeAt(at) & 0xff);
    case 'hex':
      return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));
    case 'base64':
      return Uint8Array.from(
        atob(
          text
            .replaceAll('-', '+')
            .replaceAll('_', '/')
            .replace(/[^A-Za-z0-9+/]/g, ''),
        ),
        (one) => one.charCodeAt(0),
      );
    default:
      throw new TypeError(`no such encoding here: ${encoding}`);
  }
}

/** Arguments of one call: engines have a limit. */
const MOST_UNITS = 8192;

function textOf(bytes: Uint8Array, encoding: string): string {
  switch (encoding) {
    case 'utf8':
    case 'utf-8':
      return decoder.decode(bytes);
    case 'latin1':
      return binary(bytes);
    case 'hex':
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    case 'base64':
      return btoa(binary(bytes));
    case 'base64url':
      return btoa(binary(bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    default:
      throw new TypeError(`no such encoding here: ${encoding}`);
  }
}

function binary(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += MOST_UNITS) {
    text += String.fromCharCode(...bytes.subarray(at, at + MOST_UNITS));
  }
  return text;
}

/** Whether bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

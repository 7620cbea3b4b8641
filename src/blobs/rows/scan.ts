/** Looks over the bytes of one row for what JSON.parse does not tell: where `properties` lies, how deep and how large the row is. */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COLON = 0x3a;
const COMMA = 0x2c;

/** What a look over a row's bytes tells that JSON.parse does not. */
export interface RowScan {
  /** Where the value of the top-level key `properties` begins and ends; the last one where a row has two, as JSON.parse takes it. */
  readonly properties: { readonly start: number; readonly end: number } | undefined;
  /** Deepest nesting of arrays and objects. */
  readonly depth: number;
  /** Members of objects and elements of arrays at any depth, a few too many. */
  readonly values: number;
}

const KEY = Buffer.from('properties');

/** Scans the bytes of one JSON object. Of bytes that JSON.parse would refuse only `values` means anything. */
export function scanRow(bytes: Buffer): RowScan {
  const finder = new PropertiesFinder(bytes);
  let depth = 0;
  let deepest = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at);
      if (depth === 1) finder.string(at, end);
      at = end - 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth++;
      values++;
      if (depth > deepest) deepest = depth;
      if (depth === 1) finder.open();
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 1) finder.close(at);
      depth--;
    } else if (byte === COLON) {
      if (depth === 1) finder.colon(at);
    } else if (byte === COMMA) {
      values++;
      if (depth === 1) finder.comma(at);
    }
  }
  return { properties: finder.found, depth: deepest, values };
}

/** Finds the value of the key `properties` among the bytes at the row's top level, which it is told of in order. */
class PropertiesFinder {
  found: RowScan['properties'];
  readonly #bytes: Buffer;
  #awaitsKey = false;
  #isProperties = false;
  /** Where the value of `properties` begins that is being read; -1 outside one. */
  #start = -1;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  open(): void {
    this.#awaitsKey = true;
  }

  /** A string from `at` to `end`, quotes included. */
  string(at: number, end: number): void {
    if (!this.#awaitsKey) return;
    this.#isProperties =
      end - at - 2 === KEY.length && this.#bytes.compare(KEY, 0, KEY.length, at + 1, end - 1) === 0;
    this.#awaitsKey = false;
  }

  colon(at: number): void {
    this.#start = this.#isProperties ? at + 1 : -1;
  }

  comma(at: number): void {
    this.close(at);
    this.#start = -1;
    this.#isProperties = false;
    this.#awaitsKey = true;
  }

  close(at: number): void {
    if (this.#start !== -1) this.found = trimmed(this.#bytes, this.#start, at);
  }
}

/** Index just behind the closing quote of the string that opens at `at`. */
function stringEnd(bytes: Buffer, at: number): number {
  let end = at + 1;
  for (;;) {
    end = bytes.indexOf(QUOTE, end);
    if (end === -1) return bytes.length;
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === BACKSLASH) backslashes++;
    end++;
    if (backslashes % 2 === 0) return end;
  }
}

function trimmed(bytes: Buffer, start: number, end: number): { start: number; end: number } {
  let from = start;
  let to = end;
  while (from < to && (bytes[from] ?? 0) <= 0x20) from++;
  while (to > from && (bytes[to - 1] ?? 0) <= 0x20) to--;
  return { start: from, end: to };
}

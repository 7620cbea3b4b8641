/** Scans the bytes of one row for what JSON.parse does not return: the place of `properties`, the depth, and the number of values. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COLON = 0x3a;
const COMMA = 0x2c;

/** The result of scanning a row's bytes. */
export interface RowScan {
  /** The range of the value of the top-level key `properties`; of the last one if there are several, as in JSON.parse. */
  readonly properties: { readonly start: number; readonly end: number } | undefined;
  /** The deepest nesting of arrays and objects. */
  readonly depth: number;
  /** The number of members and elements at any depth, perhaps a few too many. */
  readonly values: number;
}

const KEY = Buffer.from('properties');

/** Scans the bytes of one JSON object. For bytes that are not valid JSON, only `values` is meaningful. */
export function scanRow(bytes: Buffer): RowScan {
  const scanner = new Scanner(bytes);
  let at = 0;
  while (at < bytes.length) {
    switch (bytes[at]) {
      case QUOTE:
        at = scanner.string(at);
        continue;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        scanner.open();
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        scanner.close(at);
        break;
      case COLON:
        scanner.colon(at);
        break;
      case COMMA:
        scanner.comma(at);
    }
    at++;
  }
  return scanner.result();
}

/** Receives the tokens of the bytes in order, and finds the value of `properties` at the top level. */
class Scanner {
  readonly #bytes: Buffer;
  #depth = 0;
  #deepest = 0;
  #values = 0;
  #awaitsKey = false;
  #isProperties = false;
  /** The beginning of the value of `properties` that is being read; -1 outside it. */
  #start = -1;
  #properties: RowScan['properties'];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Reads the string that begins at `at`, and returns the index after it. */
  string(at: number): number {
    const end = stringEnd(this.#bytes, at);
    if (this.#depth === 1 && this.#awaitsKey) {
      this.#isProperties =
        end - at - 2 === KEY.length && this.#bytes.compare(KEY, 0, KEY.length, at + 1, end - 1) === 0;
      this.#awaitsKey = false;
    }
    return end;
  }

  open(): void {
    this.#depth++;
    this.#values++;
    if (this.#depth > this.#deepest) this.#deepest = this.#depth;
    if (this.#depth === 1) this.#awaitsKey = true;
  }

  close(at: number): void {
    if (this.#depth === 1) this.#endValue(at);
    this.#depth--;
  }

  colon(at: number): void {
    if (this.#depth === 1) this.#start = this.#isProperties ? at + 1 : -1;
  }

  comma(at: number): void {
    this.#values++;
    if (this.#depth !== 1) return;
    this.#endValue(at);
    this.#start = -1;
    this.#isProperties = false;
    this.#awaitsKey = true;
  }

  #endValue(at: number): void {
    if (this.#start !== -1) this.#properties = trimmed(this.#bytes, this.#start, at);
  }

  result(): RowScan {
    return { properties: this.#properties, depth: this.#deepest, values: this.#values };
  }
}

/** The index after the closing quote of the string that begins at `at`. */
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

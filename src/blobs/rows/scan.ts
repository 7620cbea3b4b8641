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

/** Is told of what stands in the bytes, in order, and finds the value of `properties` at their top level. */
class Scanner {
  readonly #bytes: Buffer;
  #depth = 0;
  #deepest = 0;
  #values = 0;
  #awaitsKey = false;
  #isProperties = false;
  /** Where the value of `properties` begins that is being read; -1 outside one. */
  #start = -1;
  #properties: RowScan['properties'];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A string opens at `at`; returns the index behind it. */
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

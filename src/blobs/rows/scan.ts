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
  let depth = 0;
  let deepest = 0;
  let values = 0;
  let awaitsKey = false;
  let isProperties = false;
  let start = -1;
  let properties: RowScan['properties'];

  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at);
      if (depth === 1 && awaitsKey) {
        isProperties =
          end - at - 2 === KEY.length && bytes.compare(KEY, 0, KEY.length, at + 1, end - 1) === 0;
        awaitsKey = false;
      }
      at = end - 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth++;
      values++;
      if (depth > deepest) deepest = depth;
      if (depth === 1) awaitsKey = true;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 1 && start !== -1) properties = trimmed(bytes, start, at);
      depth--;
    } else if (depth === 1 && byte === COLON) {
      start = isProperties ? at + 1 : -1;
    } else if (byte === COMMA) {
      values++;
      if (depth !== 1) continue;
      if (start !== -1) properties = trimmed(bytes, start, at);
      start = -1;
      isProperties = false;
      awaitsKey = true;
    }
  }
  return { properties, depth: deepest, values };
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

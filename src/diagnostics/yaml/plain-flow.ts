/** Reads lists and mappings in brackets, on one line, as rules have them: `[a, 'b']`, `{ columns: a, to: b }`. */
import { Pair, type Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { keyText } from './places.ts';
import { isQuote, plainScalar, quotedScalar, usual } from './plain-scalar.ts';

type Value = Scalar | YAMLMap | YAMLSeq;

/** Deeper ones are left to the parser. */
const DEPTH_LIMIT = 8;

const SPACE = 0x20;
const HASH = 0x23;
const COMMA = 0x2c;
const COLON = 0x3a;
const LIST = 0x5b;
const LIST_END = 0x5d;
const MAP = 0x7b;
const MAP_END = 0x7d;

/** Whether a list or a mapping in brackets begins with this code unit. */
export function isFlowStart(unit: number): boolean {
  return unit === LIST || unit === MAP;
}

/** What begins at an offset and ends before `last`; undefined where the parser must say what it is. */
export function readFlow(text: string, from: number, last: number): YAMLMap | YAMLSeq | undefined {
  return new FlowReader(text, from, last).collection(0);
}

class FlowReader {
  readonly #text: string;
  readonly #last: number;
  #at: number;

  constructor(text: string, from: number, last: number) {
    this.#text = text;
    this.#last = last;
    this.#at = from;
  }

  collection(depth: number): YAMLMap | YAMLSeq | undefined {
    const start = this.#at;
    const isMap = this.#unit === MAP;
    const read = isMap ? this.#map(depth) : this.#list(depth);
    if (!read) return undefined;
    this.#at++;
    read.flow = true;
    read.range = [start, this.#at, this.#at];
    return read;
  }

  get #unit(): number {
    return this.#at < this.#last ? this.#text.charCodeAt(this.#at) : Number.NaN;
  }

  #list(depth: number): YAMLSeq | undefined {
    const list = new YAMLSeq(usual.schema);
    const isWhole = this.#entries(LIST_END, () => {
      const item = this.#value(depth);
      if (item) list.items.push(item);
      return item !== undefined;
    });
    return isWhole ? list : undefined;
  }

  #map(depth: number): YAMLMap | undefined {
    const map = new YAMLMap(usual.schema);
    const keys = new Set<string>();
    const isWhole = this.#entries(MAP_END, () => {
      const key = this.#scalar();
      if (!key || this.#unit !== COLON || this.#text.charCodeAt(this.#at + 1) !== SPACE) return false;
      this.#at++;
      this.#skipSpaces();
      const value = this.#value(depth);
      const name = keyText(key);
      if (!value || keys.has(name)) return false;
      keys.add(name);
      map.items.push(new Pair<Scalar, Value>(key, value));
      return true;
    });
    return isWhole ? map : undefined;
  }

  /** Stands at the opening bracket, and then at the closing one. */
  #entries(end: number, read: () => boolean): boolean {
    this.#at++;
    this.#skipSpaces();
    while (this.#unit !== end) {
      if (!read()) return false;
      this.#skipSpaces();
      if (this.#unit === end) break;
      if (this.#unit !== COMMA) return false;
      this.#at++;
      this.#skipSpaces();
    }
    return true;
  }

  #value(depth: number): Value | undefined {
    if (!isFlowStart(this.#unit)) return this.#scalar();
    return depth < DEPTH_LIMIT ? this.collection(depth + 1) : undefined;
  }

  #scalar(): Scalar | undefined {
    const scalar = isQuote(this.#unit)
      ? quotedScalar(this.#text, this.#at, this.#last)
      : plainScalar(this.#text, this.#at, this.#endOfPlain());
    const end = scalar?.range?.[1];
    if (end === undefined) return undefined;
    this.#at = end;
    return scalar;
  }

  /** Where a plain scalar ends: before what ends an entry or a key, and before the spaces there. */
  #endOfPlain(): number {
    const text = this.#text;
    let end = this.#at;
    for (; end < this.#last; end++) {
      const unit = text.charCodeAt(end);
      if (isBetween(unit) || (unit === HASH && text.charCodeAt(end - 1) === SPACE)) break;
      if (unit === COLON && (text.charCodeAt(end + 1) === SPACE || isBetween(text.charCodeAt(end + 1))))
        break;
    }
    while (end > this.#at && text.charCodeAt(end - 1) === SPACE) end--;
    return end;
  }

  #skipSpaces(): void {
    while (this.#unit === SPACE) this.#at++;
  }
}

function isBetween(unit: number): boolean {
  return unit === COMMA || isFlowStart(unit) || unit === LIST_END || unit === MAP_END;
}

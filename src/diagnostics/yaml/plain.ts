/**
 * Reads YAML that is written plainly, as nearly all rules are: mappings and lists in lines, values on one line, lists and mappings
 * in brackets among them, or after `|` and `>`. Whatever else a
 * file holds, a mistake among it, leaves it to the parser of YAML: what is read here is what that parser reads
 * (test/diagnostics/yaml/plain.test.ts), ten times faster.
 */
import { Document, Pair, type Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { keyText } from './places.ts';
import { isFlowStart, readFlow } from './plain-flow.ts';
import { isQuote, plainScalar, quotedScalar, stringOf, usual } from './plain-scalar.ts';

/** Deeper files are left to the parser. */
const DEPTH_LIMIT = 16;
/** The longest key that need not be marked by `?` (YAML 1.2.2, 7.4.2). */
const KEY_LIMIT = 1000;

const SPACE = 0x20;
const HASH = 0x23;
const DASH = 0x2d;
const COLON = 0x3a;
const BAR = 0x7c;
const ANGLE = 0x3e;

/** Tabs, carriage returns and other control characters, a byte order mark, and the marks between documents. */
const UNUSUAL = /[^\P{Cc}\n]|[\u2028\u2029\ufeff]|^(?:---|\.\.\.|%)/mu;
/** The document of a file that is written plainly; undefined where the parser must say what it is. */
export function readPlainYaml(text: string): Document.Parsed | undefined {
  if (UNUSUAL.test(text)) return undefined;
  const document = new Document(undefined, { schema: usual.schema, logLevel: 'silent' });
  const contents = new PlainReader(text).read();
  if (!contents) return undefined;
  document.contents = contents;
  document.range = [0, text.length, text.length];
  return document as Document.Parsed;
}

type Value = Scalar | YAMLMap | YAMLSeq;

/** It stands at a line that holds something, or at the end. */
class PlainReader {
  readonly #text: string;
  /** The column, the beginning and the end of what the line holds, and where the next line begins. */
  #indent = -1;
  #from = 0;
  #to = 0;
  #next = 0;
  /** Where the last value ends, with the rest of its line and the comments that the parser counts to it. */
  #end = 0;
  /** The comments behind the last value: the column of the one that is furthest in, and where what follows begins. */
  #comments: { readonly column: number; readonly end: number } | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(): YAMLMap | undefined {
    this.#advance();
    if (this.#indent !== 0 || this.#isItem(this.#from)) return undefined;
    const map = this.#map(0, 0);
    return map && this.#indent < 0 ? map : undefined;
  }

  /**
   * Goes to the next line that is neither blank nor a comment. The end has the column -1. Comments right behind a value that are further in
   * than the column are counted to the value.
   */
  #advance(column = Number.POSITIVE_INFINITY): void {
    const text = this.#text;
    let furthest = -1;
    this.#indent = -1;
    while (this.#next < text.length && this.#indent < 0) {
      const start = this.#next;
      const newline = text.indexOf('\n', start);
      this.#to = newline < 0 ? text.length : newline;
      this.#next = this.#to + 1;
      const indent = this.#spacesBetween(start, this.#to);
      const from = start + indent;
      if (from === this.#to) continue;
      if (text.charCodeAt(from) !== HASH) {
        this.#from = from;
        this.#indent = indent;
      } else if (furthest < 0 && indent > column) this.#end = Math.min(this.#next, text.length);
      else furthest = Math.max(furthest, indent);
    }
    const end = this.#indent < 0 ? text.length : this.#from;
    this.#comments = furthest < 0 ? undefined : { column: furthest, end };
  }

  /** The end of a list or mapping; what the parser counts to it, beside that, is behind {@link #end} then. */
  #endOf(column: number): number {
    const end = this.#end;
    if (this.#comments && column > 0 && this.#comments.column >= column) {
      this.#end = this.#comments.end;
      this.#comments = undefined;
    }
    return end;
  }

  #isItem(at: number): boolean {
    return (
      this.#text.charCodeAt(at) === DASH && (at + 1 === this.#to || this.#text.charCodeAt(at + 1) === SPACE)
    );
  }

  /** A mapping whose first key begins where the reader stands, at a column. */
  #map(column: number, depth: number): YAMLMap | undefined {
    if (depth > DEPTH_LIMIT) return undefined;
    const map = new YAMLMap(usual.schema);
    const start = this.#from;
    const keys = new Set<string>();
    do {
      const pair = this.#pair(column, depth);
      if (!pair) return undefined;
      const name = keyText(pair.key);
      if (keys.has(name)) return undefined;
      keys.add(name);
      map.items.push(pair);
    } while (this.#indent === column && !this.#isItem(this.#from));
    if (this.#indent > column) return undefined;
    const end = this.#endOf(column);
    map.range = [start, end, end];
    return map;
  }

  #pair(column: number, depth: number): Pair<Scalar, Value> | undefined {
    const key = this.#key();
    const colon = key?.range?.[1];
    if (!key || colon === undefined) return undefined;
    const from = this.#afterSpaces(colon + 1);
    const value =
      from === this.#to || this.#text.charCodeAt(from) === HASH
        ? this.#below(column, depth)
        : this.#inline(from, column);
    return value && new Pair<Scalar, Value>(key, value);
  }

  /** The key of a line; a colon is behind it. */
  #key(): Scalar | undefined {
    const from = this.#from;
    if (!isQuote(this.#text.charCodeAt(from))) {
      const colon = this.#colon();
      return colon === undefined ? undefined : plainScalar(this.#text, from, colon);
    }
    const key = quotedScalar(this.#text, from, Math.min(this.#to, from + KEY_LIMIT));
    return key && this.#isColon(key.range?.[1] ?? this.#to) ? key : undefined;
  }

  #isColon(at: number): boolean {
    const text = this.#text;
    return text.charCodeAt(at) === COLON && (at + 1 === this.#to || text.charCodeAt(at + 1) === SPACE);
  }

  /** The colon behind the plain key of a line. */
  #colon(): number | undefined {
    const text = this.#text;
    const last = Math.min(this.#to, this.#from + KEY_LIMIT);
    for (let at = this.#from; at < last; at++) {
      const unit = text.charCodeAt(at);
      if (unit === HASH && text.charCodeAt(at - 1) === SPACE) return undefined;
      if (unit === COLON && this.#isColon(at)) return text.charCodeAt(at - 1) === SPACE ? undefined : at;
    }
    return undefined;
  }

  #afterSpaces(from: number): number {
    return from + this.#spacesBetween(from, this.#to);
  }

  /** What stands in the lines below a key. */
  #below(column: number, depth: number): Value | undefined {
    this.#advance();
    if (this.#indent < column || (this.#indent === column && !this.#isItem(this.#from))) return undefined;
    return this.#isItem(this.#from)
      ? this.#list(this.#indent, depth + 1)
      : this.#map(this.#indent, depth + 1);
  }

  #list(column: number, depth: number): YAMLSeq | undefined {
    if (depth > DEPTH_LIMIT) return undefined;
    const list = new YAMLSeq(usual.schema);
    const start = this.#from;
    do {
      const item = this.#item(column, depth);
      if (!item) return undefined;
      list.items.push(item);
    } while (this.#indent === column && this.#isItem(this.#from));
    if (this.#indent > column) return undefined;
    const end = this.#endOf(column);
    list.range = [start, end, end];
    return list;
  }

  #item(column: number, depth: number): Value | undefined {
    const from = this.#afterSpaces(this.#from + 1);
    const unit = this.#text.charCodeAt(from);
    if (from === this.#to || unit === HASH || unit === BAR || unit === ANGLE || this.#isItem(from))
      return undefined;
    if (!isQuote(unit) && !isFlowStart(unit)) {
      const dash = this.#from;
      this.#from = from;
      if (this.#colon() !== undefined) {
        this.#indent = column + from - dash;
        return this.#map(this.#indent, depth + 1);
      }
    }
    return this.#inline(from, column);
  }

  /** A value that begins on the line of its key or dash. */
  #inline(from: number, column: number): Value | undefined {
    const unit = this.#text.charCodeAt(from);
    if (unit === BAR || unit === ANGLE) return this.#blockScalar(from, column);
    const value = this.#onOneLine(from, unit);
    this.#end = Math.min(this.#next, this.#text.length);
    this.#advance(column);
    // A line that is indented further goes on with the value.
    return this.#indent > column ? undefined : value;
  }

  #onOneLine(from: number, unit: number): Value | undefined {
    const text = this.#text;
    if (!isQuote(unit) && !isFlowStart(unit)) return plainScalar(text, from, this.#endOfPlain(from));
    const value = isQuote(unit) ? quotedScalar(text, from, this.#to) : readFlow(text, from, this.#to);
    const end = value?.range?.[1];
    if (end === undefined) return undefined;
    const behind = this.#afterSpaces(end);
    const isAlone = behind === this.#to || (behind > end && text.charCodeAt(behind) === HASH);
    return isAlone ? value : undefined;
  }

  /** Where a plain value ends: before a comment, and before the spaces at the end of the line. */
  #endOfPlain(from: number): number {
    const text = this.#text;
    let end = this.#to;
    for (let at = from; at < this.#to; at++) {
      if (text.charCodeAt(at) !== HASH || text.charCodeAt(at - 1) !== SPACE) continue;
      end = at;
      break;
    }
    while (text.charCodeAt(end - 1) === SPACE) end--;
    return end;
  }

  /** The lines behind `|` or `>`, all of them indented further than the key and as far as the first of them at least. */
  #blockScalar(from: number, column: number): Scalar | undefined {
    const header = this.#text.slice(from, this.#to);
    const isFolded = header.startsWith('>');
    const isStripped = header.endsWith('-');
    if (header.length !== (isStripped ? 2 : 1)) return undefined;
    const lines = this.#blockLines(column, isFolded);
    if (!lines) return undefined;
    const value = `${lines.join(isFolded ? ' ' : '\n')}${isStripped ? '' : '\n'}`;
    const scalar = stringOf(value, from, this.#end);
    scalar.type = isFolded ? 'BLOCK_FOLDED' : 'BLOCK_LITERAL';
    this.#advance();
    return this.#indent > column ? undefined : scalar;
  }

  /** @param isEven whether blank lines, and lines that are indented further than the first, are left to the parser. */
  #blockLines(column: number, isEven: boolean): readonly string[] | undefined {
    const text = this.#text;
    const lines: string[] = [];
    let indent: number | undefined;
    let blank = '';
    while (this.#next < text.length) {
      const start = this.#next;
      const newline = text.indexOf('\n', start);
      if (newline < 0) return undefined;
      const own = this.#spacesBetween(start, newline);
      if (start + own === newline) {
        // Spaces alone count where they are more than the text's own.
        if (indent === undefined || own > indent) return undefined;
        blank += '\n';
      } else {
        if (own <= column) break;
        indent ??= own;
        const isUneven = blank !== '' || own > indent;
        if (own < indent || (isEven && isUneven)) return undefined;
        lines.push(blank + text.slice(start + indent, newline));
        blank = '';
        this.#end = newline + 1;
      }
      this.#next = newline + 1;
    }
    return lines.length === 0 ? undefined : lines;
  }

  #spacesBetween(from: number, to: number): number {
    let at = from;
    while (at < to && this.#text.charCodeAt(at) === SPACE) at++;
    return at - from;
  }
}

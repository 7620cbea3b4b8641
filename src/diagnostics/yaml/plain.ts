/**
 * Reads YAML that is written plainly, as nearly all rules are: mappings and lists in lines, values on one line or after `|`. Whatever else a
 * file holds, a mistake among it, leaves it to the parser of YAML: what is read here is what that parser reads
 * (test/diagnostics/yaml/plain.test.ts), ten times faster.
 */
import { Document, isScalar, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

/** Deeper files are left to the parser. */
const DEPTH_LIMIT = 16;
/** The longest key that need not be marked by `?` (YAML 1.2.2, 7.4.2). */
const KEY_LIMIT = 1000;

const SPACE = 0x20;
const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const DASH = 0x2d;
const COLON = 0x3a;
const BAR = 0x7c;

/** Tabs, carriage returns and other control characters, a byte order mark, and the marks between documents. */
const UNUSUAL = /[^\P{Cc}\n]|[\u2028\u2029\ufeff]|^(?:---|\.\.\.|%)/mu;
/** With these, a value is not plain, or not for certain. */
const INDICATORS = '-?:,[]{}#&*!|>\'"%@`';
/** How a value begins that is none but a string. */
const STRING = /^[^\d.+\-~tTfFnN]/;

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

/** Whose schema all documents share: that of a document without directives. */
const usual = new Document(undefined, { logLevel: 'silent' });
const scalarTags = usual.schema.tags.flatMap((tag) =>
  'test' in tag && tag.test && tag.default === true && !tag.collection ? [{ ...tag, test: tag.test }] : [],
);

type Value = Scalar | YAMLMap | YAMLSeq;

/** It stands at a line that holds something, or at the end. */
class PlainReader {
  readonly #text: string;
  /** The column, the beginning and the end of what the line holds, and where the next line begins. */
  #indent = -1;
  #from = 0;
  #to = 0;
  #next = 0;
  /** Where the last value ends, with the rest of its line. */
  #end = 0;
  /** Between the last line and this one stands a comment: where what it ends lies, is the parser's to say. */
  #isBehindComment = false;

  constructor(text: string) {
    this.#text = text;
  }

  read(): YAMLMap | undefined {
    this.#advance();
    if (this.#indent !== 0 || this.#isItem(this.#from)) return undefined;
    const map = this.#map(0, 0);
    return map && this.#indent < 0 ? map : undefined;
  }

  /** Goes to the next line that is neither blank nor a comment. The end has the column -1. */
  #advance(): void {
    const text = this.#text;
    this.#isBehindComment = false;
    while (this.#next < text.length) {
      const start = this.#next;
      const newline = text.indexOf('\n', start);
      this.#to = newline < 0 ? text.length : newline;
      this.#next = this.#to + 1;
      let from = start;
      while (from < this.#to && text.charCodeAt(from) === SPACE) from++;
      if (from === this.#to) continue;
      if (text.charCodeAt(from) === HASH) {
        this.#isBehindComment = true;
        continue;
      }
      this.#from = from;
      this.#indent = from - start;
      return;
    }
    this.#indent = -1;
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
      const name = String(pair.key.value);
      if (keys.has(name)) return undefined;
      keys.add(name);
      map.items.push(pair);
    } while (this.#indent === column && !this.#isItem(this.#from));
    if (this.#indent > column || this.#isBehindComment) return undefined;
    const end = this.#end;
    map.range = [start, end, end];
    return map;
  }

  #pair(column: number, depth: number): Pair<Scalar, Value> | undefined {
    const colon = this.#colon();
    const key = colon === undefined ? undefined : this.#plain(this.#from, colon);
    if (colon === undefined || !key) return undefined;
    const from = this.#afterSpaces(colon + 1);
    const value =
      from === this.#to || this.#text.charCodeAt(from) === HASH
        ? this.#below(column, depth)
        : this.#inline(from, column);
    return value && new Pair<Scalar, Value>(key, value);
  }

  /** The colon behind the key of a line. */
  #colon(): number | undefined {
    const text = this.#text;
    const last = Math.min(this.#to, this.#from + KEY_LIMIT);
    for (let at = this.#from; at < last; at++) {
      const unit = text.charCodeAt(at);
      if (unit === HASH && text.charCodeAt(at - 1) === SPACE) return undefined;
      if (unit === COLON && (at + 1 === this.#to || text.charCodeAt(at + 1) === SPACE))
        return text.charCodeAt(at - 1) === SPACE ? undefined : at;
    }
    return undefined;
  }

  #afterSpaces(from: number): number {
    let at = from;
    while (at < this.#to && this.#text.charCodeAt(at) === SPACE) at++;
    return at;
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
    if (this.#indent > column || this.#isBehindComment) return undefined;
    const end = this.#end;
    list.range = [start, end, end];
    return list;
  }

  #item(column: number, depth: number): Value | undefined {
    const from = this.#afterSpaces(this.#from + 1);
    const unit = this.#text.charCodeAt(from);
    if (from === this.#to || unit === HASH || unit === BAR || this.#isItem(from)) return undefined;
    if (unit !== QUOTE && unit !== DOUBLE_QUOTE) {
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
  #inline(from: number, column: number): Scalar | undefined {
    const unit = this.#text.charCodeAt(from);
    if (unit === BAR) return this.#literal(from, column);
    const value =
      unit === QUOTE || unit === DOUBLE_QUOTE
        ? this.#quoted(from, unit)
        : this.#plain(from, this.#endOfPlain(from));
    this.#end = Math.min(this.#next, this.#text.length);
    this.#advance();
    // A line that is indented further goes on with the value.
    return this.#indent > column ? undefined : value;
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

  #plain(from: number, to: number): Scalar | undefined {
    const source = this.#text.slice(from, to);
    if (
      source === '' ||
      INDICATORS.includes(source.charAt(0)) ||
      source.endsWith(':') ||
      source.includes(': ')
    )
      return undefined;
    return scalarOf(source, from, to);
  }

  #quoted(from: number, quote: number): Scalar | undefined {
    const text = this.#text;
    let at = from + 1;
    for (; at < this.#to; at++) {
      if (text.charCodeAt(at) !== quote) continue;
      if (quote === DOUBLE_QUOTE || text.charCodeAt(at + 1) !== QUOTE) break;
      at++;
    }
    if (at >= this.#to) return undefined;
    const behind = this.#afterSpaces(at + 1);
    if (behind < this.#to && (behind === at + 1 || text.charCodeAt(behind) !== HASH)) return undefined;
    const source = text.slice(from + 1, at);
    if (quote === DOUBLE_QUOTE && source.includes('\\')) return undefined;
    const value = quote === QUOTE && source.includes("''") ? source.replaceAll("''", "'") : source;
    const scalar = stringOf(value, from, at + 1);
    scalar.type = quote === QUOTE ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE';
    return scalar;
  }

  /** The lines behind `|`, all of them indented further than the key and the first of them. */
  #literal(from: number, column: number): Scalar | undefined {
    const text = this.#text;
    if (this.#to !== from + 1) return undefined;
    const lines: string[] = [];
    let indent = 0;
    let end = this.#next;
    let blank = '';
    while (this.#next < text.length) {
      const start = this.#next;
      const newline = text.indexOf('\n', start);
      if (newline < 0) return undefined;
      let at = start;
      while (at < newline && text.charCodeAt(at) === SPACE) at++;
      if (at === newline) {
        // Spaces alone count where they are more than the text's own.
        if (lines.length === 0 || at - start > indent) return undefined;
        blank += '\n';
      } else {
        if (at - start <= column) break;
        if (lines.length === 0) indent = at - start;
        if (at - start < indent) return undefined;
        lines.push(blank + text.slice(start + indent, newline));
        blank = '';
        end = newline + 1;
      }
      this.#next = newline + 1;
    }
    if (lines.length === 0) return undefined;
    const scalar = stringOf(`${lines.join('\n')}\n`, from, end);
    scalar.type = 'BLOCK_LITERAL';
    this.#end = end;
    this.#advance();
    return this.#indent > column ? undefined : scalar;
  }
}

function stringOf(value: string, from: number, to: number): Scalar {
  const scalar = new Scalar<unknown>(value);
  scalar.range = [from, to, to];
  scalar.source = value;
  return scalar;
}

/** A plain value: a string, or what the schema makes of it. */
function scalarOf(source: string, from: number, to: number): Scalar {
  const tag = STRING.test(source) ? undefined : scalarTags.find(({ test }) => test.test(source));
  if (!tag?.resolve) {
    const string = stringOf(source, from, to);
    string.type = 'PLAIN';
    return string;
  }
  const resolved: unknown = tag.resolve(source as never, () => {}, usual.options);
  const scalar = isScalar(resolved) ? resolved : new Scalar(resolved);
  scalar.range = [from, to, to];
  scalar.source = source;
  scalar.type = 'PLAIN';
  if ('format' in tag && tag.format) scalar.format = tag.format;
  return scalar;
}

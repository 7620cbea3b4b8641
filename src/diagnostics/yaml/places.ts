/** From the values of a YAML document back to where they are written. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { type Span, START } from '../diagnostic.ts';
import type { Path } from '../path.ts';

/** What a path leads to, as far as it leads. */
interface Reached {
  /** The key of the last step that was found, where it has one. */
  readonly key: Node | undefined;
  readonly value: Node | undefined;
  /** The whole path was there. */
  readonly complete: boolean;
}

/** The places of a document's values, by path. */
export class Places {
  readonly #document: Document;
  readonly #lines: LineCounter;
  /** A mapping's pairs by key, made when it is first asked: mappings of thousands of keys are legal. */
  readonly #pairs = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  /** Where a value or its key is written; the nearest key around it where the file does not have it. */
  span(path: Path, part: 'key' | 'value' = 'value'): Span {
    const { key, value, complete } = this.#reach(path);
    const shown = complete && part === 'value' && !isWithoutText(value) ? value : (key ?? value);
    return shown ? spanOf(shown, this.#lines) : START;
  }

  /** The node at a path, aliases followed; undefined where there is none. */
  node(path: Path): Node | undefined {
    const { value, complete } = this.#reach(path);
    return complete ? this.#resolve(value) : undefined;
  }

  /** The offsets of a value's text, aliases followed; undefined where the file does not have it. */
  range(path: Path): readonly [start: number, end: number] | undefined {
    const [start, end] = this.node(path)?.range ?? [];
    return start === undefined || end === undefined ? undefined : [start, end];
  }

  #reach(path: Path): Reached {
    let value = this.#document.contents ?? undefined;
    let key: Node | undefined;
    for (const step of path) {
      const collection = this.#resolve(value);
      if (isMap(collection)) {
        const pair = this.#pairsOf(collection).get(String(step));
        if (!pair) return { key, value, complete: false };
        key = nodeOr(pair.key);
        value = nodeOr(pair.value);
      } else if (isSeq(collection) && typeof step === 'number' && step < collection.items.length) {
        key = undefined;
        value = nodeOr(collection.items[step]);
      } else return { key, value, complete: false };
    }
    return { key, value, complete: true };
  }

  #resolve(node: Node | undefined): Node | undefined {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  /** The last of two equal keys, as the data has it. */
  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map);
    if (known) return known;
    const pairs = new Map(map.items.map((pair) => [keyText(pair.key), pair]));
    this.#pairs.set(map, pairs);
    return pairs;
  }
}

/** A key as the data has it. */
export function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value ?? '') : '';
}

/** What stands in a pair or a list, as a node: the parser makes nothing else. */
export function nodeOr(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined;
}

/** Where a node stands: of a list or mapping in lines its first item, never more than one line. */
export function spanOf(node: Node | null | undefined, lines: LineCounter): Span {
  if (!node?.range) return START;
  if (isCollection(node) && node.flow !== true) {
    const [first] = node.items;
    const inner = nodeOr(isPair(first) ? first.key : first);
    if (inner?.range) return spanOf(inner, lines);
  }
  const [from, to] = node.range;
  return spanBetween(from, to, lines);
}

/** The lines of a file. The parser's own count misses those inside of what it cannot parse, and knows no `\r\n`. */
export class TextLines extends LineCounter {
  readonly #text: string;

  constructor(text: string) {
    super();
    this.#text = text;
    this.addNewLine(0);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.addNewLine(at + 1);
  }

  /** The text between two offsets, as the file has it. */
  between(from: number, to: number): string {
    return this.#text.slice(from, to);
  }

  /** The offset behind a line's last character; lines count from 1. */
  endOf(line: number): number {
    const next = this.lineStarts[line];
    if (next === undefined) return this.#text.length;
    return this.#text[next - 2] === '\r' ? next - 2 : next - 1;
  }
}

/** The place between two offsets, cut at the end of its first line. */
export function spanBetween(from: number, to: number, lines: LineCounter): Span {
  const { line, col } = lines.linePos(from);
  const next = lines.lineStarts[line] ?? Number.POSITIVE_INFINITY;
  const end = Math.min(to, lines instanceof TextLines ? lines.endOf(line) : next - 1);
  return { line: Math.max(1, line), column: Math.max(1, col), length: Math.max(0, end - from) };
}

/** The place of a part of a scalar's text; of the whole scalar where it is not written on one line as it reads. */
export function spanWithin(node: Node, start: number, length: number, lines: LineCounter): Span {
  const { range } = node;
  if (!range || !isScalar(node) || typeof node.source !== 'string') return spanOf(node, lines);
  const quotes = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? 1 : 0;
  const verbatim = node.type === 'PLAIN' || quotes === 1;
  if (!verbatim || range[1] - range[0] !== node.source.length + 2 * quotes) return spanOf(node, lines);
  const from = range[0] + quotes + start;
  return spanBetween(from, from + length, lines);
}

/** `key:` with nothing behind it. */
export function isWithoutText(node: Node | undefined): boolean {
  return node === undefined || node.range?.[0] === node.range?.[1];
}

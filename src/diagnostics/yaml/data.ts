/** A YAML document as plain data, within limits: aliases written out, keys as strings. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
} from 'yaml';
import { type Diagnostic, diagnostic, type Mistake } from '../diagnostic.ts';
import { type Path, pointer } from '../path.ts';
import { badKey, tooDeep, tooManyAliases, tooManyValues } from '../sentences.ts';
import { LEAST_REFUSED_DEPTH } from './depth.ts';
import { keyText, nodeOr, spanOf } from './places.ts';
import type { YamlDocument } from './read.ts';
import { syntaxMessage } from './syntax.ts';

/** Plain data out of a file. Mutable: relay.yaml's `${NAME}` are filled in later. */
export type Data = string | number | boolean | null | Data[] | DataMap;
export interface DataMap {
  [key: string]: Data;
}

/** How often aliases may be followed: `*a` of `&a` is fine, a "billion laughs" is not. */
const MAX_ALIASES = 1000;

export interface PlainData {
  readonly data: Data;
  readonly diagnostics: readonly Diagnostic[];
  /** It holds more than the limits allow: the data is not whole. */
  readonly overflow: boolean;
  /** JSON Pointers of values that mean nothing, as was said. */
  readonly broken: ReadonlySet<string>;
}

/** @param values how many values the document may hold, with those behind aliases. */
export function plainData(document: YamlDocument, values: number): PlainData {
  const reader = new DataReader(document, values);
  const data = reader.read(document.parsed.contents ?? undefined, [], 0);
  const { diagnostics, limits, broken } = reader;
  const overflow = limits.length > 0;
  return { data, diagnostics: overflow ? limits : diagnostics, overflow, broken };
}

class DataReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly limits: Diagnostic[] = [];
  readonly broken = new Set<string>();
  readonly #source: YamlDocument;
  readonly #document: Document;
  readonly #most: number;
  #values = 0;
  #aliases = 0;
  #targets: ReadonlyMap<Alias, Node> | undefined;

  constructor(source: YamlDocument, most: number) {
    this.#source = source;
    this.#document = source.parsed;
    this.#most = most;
  }

  read(node: Node | undefined, path: Path, depth: number): Data {
    this.#values += 1;
    if (this.limits.length > 0) return null;
    if (this.#values > this.#most) return this.#overflow(node, tooManyValues(this.#most));
    if (depth >= LEAST_REFUSED_DEPTH) return this.#overflow(node, tooDeep(LEAST_REFUSED_DEPTH - 1));
    if (isAlias(node)) {
      this.#aliases += 1;
      if (this.#aliases > MAX_ALIASES) return this.#overflow(node, tooManyAliases(MAX_ALIASES));
      this.#targets ??= targetsIn(this.#document);
      const target = this.#targets.get(node);
      if (target) return this.read(target, path, depth + 1);
      this.#error(node, syntaxMessage('BAD_ALIAS'));
      this.broken.add(pointer(path));
      return null;
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => this.read(nodeOr(item), [...path, index], depth + 1));
    }
    if (isMap(node)) return this.#map(node.items, path, depth);
    return isScalar(node) ? scalar(node.value, node.source) : null;
  }

  #map(items: readonly Pair[], path: Path, depth: number): DataMap {
    const map: DataMap = {};
    for (const { key, value } of items) {
      const name = keyText(key);
      if (!isScalar(key)) this.#error(nodeOr(key), badKey('must be a string'));
      else if (name === '__proto__') this.#error(key, badKey('cannot be named "__proto__"'));
      else map[name] = this.read(nodeOr(value), [...path, name], depth + 1);
    }
    return map;
  }

  #error(node: Node | undefined, mistake: Mistake): void {
    this.diagnostics.push(diagnostic(this.#source.file, spanOf(node, this.#source.lines), mistake));
  }

  #overflow(node: Node | undefined, mistake: Mistake): null {
    this.limits.push(diagnostic(this.#source.file, spanOf(node, this.#source.lines), mistake));
    return null;
  }
}

/** What each alias stands for, found in one walk: the parser would walk through the whole document for each of them. */
function targetsIn(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** Other types than YAML 1.2's, which a `%YAML 1.1` brings, are taken as they are written. */
function scalar(value: unknown, source: string | undefined): Data {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : (source ?? String(value));
}

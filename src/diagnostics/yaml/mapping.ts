/** Reads the keys of YAML mappings by type, node by node: for files that are compiled from their nodes. */
import { isMap, isScalar, isSeq, type LineCounter, type Node, type Pair, type YAMLMap } from 'yaml';
import { type Diagnostic, diagnostic, type Mistake, type Severity } from '../diagnostic.ts';
import { didYouMean } from '../nearest.ts';
import type { Path } from '../path.ts';
import { missingKey, unknownKey, wrongType } from '../sentences.ts';
import { isWithoutText, keyText, nodeOr, spanOf } from './places.ts';

/** Collects what is wrong with one document. */
export class Findings {
  readonly file: string;
  readonly lines: LineCounter;
  readonly #diagnostics: Diagnostic[];
  #failed = false;

  /** @param diagnostics where they are added. */
  constructor(file: string, lines: LineCounter, diagnostics: Diagnostic[]) {
    this.file = file;
    this.lines = lines;
    this.#diagnostics = diagnostics;
  }

  /** Whether an error was reported. */
  get failed(): boolean {
    return this.#failed;
  }

  report(node: Node | null | undefined, mistake: Mistake, severity: Severity = 'error'): void {
    if (severity === 'error') this.#failed = true;
    this.#diagnostics.push(diagnostic(this.file, spanOf(node, this.lines), mistake, severity));
  }
}

/** A mapping whose keys are asked for one by one. */
export class MappingReader {
  readonly node: YAMLMap;
  readonly path: Path;
  readonly findings: Findings;
  /** Its own key, where what it lacks is shown; of the root itself. */
  readonly #place: Node;
  /** Its pairs by key, of equal keys the first; made when a key is first asked for. */
  #pairs: ReadonlyMap<string, Pair> | undefined;

  constructor(
    node: YAMLMap,
    findings: Findings,
    at: { readonly path: Path; readonly key: Node } | undefined,
  ) {
    this.node = node;
    this.findings = findings;
    this.path = at?.path ?? [];
    this.#place = at?.key ?? node;
  }

  has(name: string): boolean {
    return this.#pair(name) !== undefined;
  }

  /** The names of its keys, in the order of the file. */
  keys(): readonly string[] {
    return this.node.items.flatMap(({ key }) => (isScalar(key) ? [keyText(key)] : []));
  }

  key(name: string): Node | undefined {
    return nodeOr(this.#pair(name)?.key);
  }

  value(name: string): Node | undefined {
    return nodeOr(this.#pair(name)?.value);
  }

  /** Reports a mistake of a key's value. */
  report(name: string, mistake: Mistake, severity?: Severity): void {
    const value = this.value(name);
    this.findings.report(isWithoutText(value) ? this.key(name) : value, mistake, severity);
  }

  /** Reports a key that is not there, or has nothing behind it. `wanted` completes `<key> must be`. */
  require(name: string, wanted: string): void {
    if (!this.has(name)) this.findings.report(this.#place, missingKey(this.path, name, wanted));
    else if (plain(this.value(name)) === null) {
      this.report(name, wrongType([...this.path, name], null, wanted));
    }
  }

  /** A scalar's text, whatever its type. Undefined when absent or empty; a list or mapping is reported. */
  string(name: string): string | undefined {
    const node = this.value(name);
    if (node === undefined) return undefined;
    if (isScalar(node)) return node.value === null ? undefined : String(node.value);
    this.report(name, wrongType([...this.path, name], plain(node), 'a string'));
    return undefined;
  }

  /** A list of strings, or one string alone. Empty when absent. */
  strings(name: string): readonly string[] {
    const node = this.value(name);
    if (node === undefined) return [];
    if (isScalar(node)) return node.value === null ? [] : [String(node.value)];
    const path = [...this.path, name];
    if (!isSeq(node)) {
      this.report(name, wrongType(path, plain(node), 'a string or a list'));
      return [];
    }
    return node.items.flatMap((item, index) => {
      if (isScalar(item) && item.value !== null) return String(item.value);
      this.findings.report(
        nodeOr(item) ?? node,
        wrongType([...path, index], plain(nodeOr(item)), 'a string'),
      );
      return [];
    });
  }

  /** A mapping. Undefined when absent or empty; anything else is reported. */
  mapping(name: string): MappingReader | undefined {
    const node = this.value(name);
    if (plain(node) === null) return undefined;
    const path = [...this.path, name];
    if (isMap(node)) return new MappingReader(node, this.findings, { path, key: this.key(name) ?? node });
    this.report(name, wrongType(path, plain(node), 'a mapping (key: value)'));
    return undefined;
  }

  /** Warns of keys that come near a known one; all others are legal, and `others` whatever they come near. */
  warnOfNearMisses(known: readonly string[], others: readonly string[] = []): void {
    for (const [name, key] of this.#unknownKeys(known)) {
      if (others.includes(name) || didYouMean(name, known) === undefined) continue;
      this.findings.report(key, unknownKey(this.path, name, known), 'warning');
    }
  }

  /** Reports all keys but the known ones. */
  refuseUnknown(known: readonly string[]): void {
    for (const [name, key] of this.#unknownKeys(known)) {
      this.findings.report(key, unknownKey(this.path, name, known));
    }
  }

  #unknownKeys(known: readonly string[]): readonly (readonly [name: string, key: Node])[] {
    return this.node.items.flatMap(({ key }) => {
      const name = isScalar(key) ? keyText(key) : '';
      return known.includes(name) ? [] : [[name, nodeOr(key) ?? this.node] as const];
    });
  }

  #pair(name: string): Pair | undefined {
    this.#pairs ??= pairsOf(this.node);
    return this.#pairs.get(name);
  }
}

function pairsOf({ items }: YAMLMap): ReadonlyMap<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const pair of items) {
    if (!isScalar(pair.key)) continue;
    const name = keyText(pair.key);
    if (!pairs.has(name)) pairs.set(name, pair);
  }
  return pairs;
}

/** Of a node's value, enough to tell its type. */
export function plain(node: Node | null | undefined): unknown {
  if (isMap(node)) return {};
  if (isSeq(node)) return [];
  return isScalar(node) ? node.value : null;
}

import { isMap, isScalar, isSeq, type LineCounter, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { spanOf } from './spans.ts';

/** Reads keys of YAML mappings by type and remembers what is wrong, with its place. */
export class Reader {
  readonly file: string;
  readonly lines: LineCounter;
  readonly #diagnostics: Diagnostic[];
  #failed = false;

  constructor(file: string, lines: LineCounter, diagnostics: Diagnostic[]) {
    this.file = file;
    this.lines = lines;
    this.#diagnostics = diagnostics;
  }

  /** Whether an error was reported. */
  get failed(): boolean {
    return this.#failed;
  }

  error(code: string, node: Node | null | undefined, message: string, hint?: string): void {
    this.#failed = true;
    this.#report('error', code, node, message, hint);
  }

  warn(code: string, node: Node | null | undefined, message: string, hint?: string): void {
    this.#report('warning', code, node, message, hint);
  }

  key(map: YAMLMap, name: string): Node | undefined {
    return pairOf(map, name)?.key as Node | undefined;
  }

  value(map: YAMLMap, name: string): Node | undefined {
    return (pairOf(map, name)?.value as Node | null | undefined) ?? undefined;
  }

  /** A scalar's text. Undefined when absent or null; anything but a scalar is an error. */
  text(map: YAMLMap, name: string): string | undefined {
    const node = this.value(map, name);
    if (node === undefined) return undefined;
    if (isScalar(node)) return node.value === null ? undefined : String(node.value);
    this.error('wrong-type', node, `"${name}" is a text.`);
    return undefined;
  }

  /** A list of texts, or one text alone. Empty when absent. */
  texts(map: YAMLMap, name: string): readonly string[] {
    const node = this.value(map, name);
    if (node === undefined) return [];
    if (isScalar(node)) return node.value === null ? [] : [String(node.value)];
    if (isSeq(node)) {
      return (node.items as (Node | null)[]).flatMap((item) => {
        if (item !== null && isScalar(item) && item.value !== null) return String(item.value);
        this.error('wrong-type', item ?? node, `"${name}" is a list of texts.`);
        return [];
      });
    }
    this.error('wrong-type', node, `"${name}" is a list of texts.`);
    return [];
  }

  /** A mapping. Undefined when absent; anything else is an error. */
  map(map: YAMLMap, name: string): YAMLMap | undefined {
    const node = this.value(map, name);
    if (node === undefined) return undefined;
    if (isMap(node)) return node;
    this.error('wrong-type', node, `"${name}" is a mapping.`);
    return undefined;
  }

  #report(
    severity: 'error' | 'warning',
    code: string,
    node: Node | null | undefined,
    message: string,
    hint: string | undefined,
  ): void {
    const span = spanOf(node, this.lines);
    this.#diagnostics.push({ severity, code, file: this.file, span, message, ...(hint ? { hint } : {}) });
  }
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === name);
}

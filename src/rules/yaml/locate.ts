import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
} from 'yaml';
import type { Span } from '../../diagnostics/diagnostic.ts';

/** The way from a document's root to a value. */
export type Path = readonly PropertyKey[];

/** The span of a path's value or key; of the deepest value on the way when the path leads nowhere. */
export function spanAt(document: Document, lines: LineCounter, path: Path, part: 'key' | 'value'): Span {
  let node = document.contents as Node | null;
  let key: Node | undefined;
  let reached = 0;
  for (const segment of path) {
    const next = step(document, node, segment);
    if (next === undefined) break;
    key = next.key;
    node = next.value;
    reached += 1;
  }
  const missing = reached < path.length;
  const target = missing ? (key ?? node) : part === 'key' || node === null ? (key ?? node) : node;
  return target ? spanOfNode(target, lines) : { line: 1, column: 1, length: 0 };
}

/** The node at a path, aliases followed; undefined where there is none. */
export function nodeAt(document: Document, path: Path): Node | undefined {
  let node = document.contents as Node | null;
  for (const segment of path) node = step(document, node, segment)?.value ?? null;
  return (isAlias(node) ? node.resolve(document) : node) ?? undefined;
}

/** The span of a node: a scalar whole, of a block mapping its first key. Never more than one line. */
export function spanOfNode(node: Node, lines: LineCounter): Span {
  if (isCollection(node) && node.flow !== true) {
    const [first] = node.items;
    const inner = isPair(first) ? first.key : isMap(node) ? undefined : first;
    if (inner && typeof inner === 'object' && 'range' in inner && node !== inner)
      return spanOfNode(inner as Node, lines);
  }
  const [from, to] = node.range ?? [0, 0];
  return spanBetween(lines, from, to);
}

/** The span between two offsets, cut at the end of the first line. */
export function spanBetween(lines: LineCounter, from: number, to: number): Span {
  const { line, col } = lines.linePos(from);
  const nextLine = lines.lineStarts[line];
  const end = nextLine === undefined ? to : Math.min(to, nextLine - 1);
  return { line: Math.max(1, line), column: Math.max(1, col), length: Math.max(0, end - from) };
}

interface Step {
  readonly key: Node | undefined;
  readonly value: Node | null;
}

function step(document: Document, node: Node | null, segment: PropertyKey): Step | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isMap(target)) {
    const pair = target.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(segment));
    return pair ? { key: pair.key as Node, value: pair.value as Node | null } : undefined;
  }
  if (isSeq(target) && typeof segment === 'number' && segment < target.items.length) {
    return { key: undefined, value: target.items[segment] as Node | null };
  }
  return undefined;
}

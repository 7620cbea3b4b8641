import { isScalar, type LineCounter, type Node } from 'yaml';
import type { Span } from '../../../diagnostics/diagnostic.ts';

/** Where a node stands; of one that covers several lines, its first. */
export function spanOf(node: Node | null | undefined, lines: LineCounter): Span {
  const range = node?.range;
  if (!range) return { line: 1, column: 1, length: 0 };
  return spanAt(range[0], range[1] - range[0], lines);
}

/** The span of `length` units from `offset`, cut at the end of the line. */
export function spanAt(offset: number, length: number, lines: LineCounter): Span {
  const { line, col } = lines.linePos(offset);
  const nextLine = lines.lineStarts[line];
  const rest = nextLine === undefined ? length : Math.min(length, nextLine - 1 - offset);
  return { line, column: col, length: Math.max(0, rest) };
}

/** The span of a part of a scalar's text; of the whole scalar where it is not written on one line as it reads. */
export function spanWithin(node: Node, start: number, length: number, lines: LineCounter): Span {
  const range = node.range;
  if (!range || !isScalar(node) || typeof node.source !== 'string') return spanOf(node, lines);
  const quotes = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? 1 : 0;
  const verbatim = node.type === 'PLAIN' || quotes === 1;
  if (!verbatim || range[1] - range[0] !== node.source.length + 2 * quotes) return spanOf(node, lines);
  return spanAt(range[0] + quotes + start, length, lines);
}

/** Changes the text of a file at places, so that comments and everything else stay as they are. */
import { isScalar, type Node } from 'yaml';
import { lineStart } from '../../shared/line-start.ts';
import type { Edit } from './document.ts';

/** Applies edits. Of two that overlap, the first one is kept: the next run finds the other. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { from, to, text: replacement } of [...edits].sort((a, b) => a.from - b.from)) {
    if (from < at) continue;
    pieces.push(text.slice(at, from), replacement);
    at = to;
  }
  return pieces.join('') + text.slice(at);
}

/** Whether a node is a scalar on one line, which an edit can replace. */
export function isOnOneLine(node: Node, text: string): boolean {
  if (!isScalar(node) || !node.range) return false;
  const isBlock = node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL';
  const source = text.slice(node.range[0], node.range[1]);
  return !isBlock && !node.anchor && !node.tag && source !== '' && !/[\r\n]/.test(source);
}

/** Replaces a scalar; undefined if it is not on one line. */
export function replaceScalar(node: Node, text: string, value: string): Edit | undefined {
  if (!isOnOneLine(node, text) || !node.range) return undefined;
  return { from: node.range[0], to: node.range[1], text: value };
}

/** Removes an entry that stands on a line of its own (`- value`) without a comment; undefined for all others. */
export function removeLine(node: Node, text: string): Edit | undefined {
  if (!isOnOneLine(node, text) || !node.range) return undefined;
  const [from, to] = node.range;
  const start = lineStart(text, from);
  const end = text.indexOf('\n', to);
  if (end < 0 || !/^\s*- +$/.test(text.slice(start, from)) || text.slice(to, end).trim() !== '') {
    return undefined;
  }
  return { from: start, to: end + 1, text: '' };
}

/** A string in single quotes. Undefined if it holds characters that these cannot hold. */
export function singleQuoted(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it refuses
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)
    ? undefined
    : `'${text.replaceAll("'", "''")}'`;
}

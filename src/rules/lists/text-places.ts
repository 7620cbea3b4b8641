/** Places in large texts, found only when a mistake is reported: a table of all lines would be as large as the list. */
import type { Span } from '../../diagnostics/diagnostic.ts';

/** The place of some characters of a text. */
export function placeIn(text: string, offset: number, length = 0): Span {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    start = at + 1;
  }
  const end = text.indexOf('\n', offset);
  const room = (end < 0 ? text.length : end) - offset;
  return { line, column: offset - start + 1, length: Math.max(0, Math.min(length, room)) };
}

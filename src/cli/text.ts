/** Prepares text for a terminal: removes control characters, and aligns rows in columns. */
import { stripVTControlCharacters } from 'node:util';

const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Replaces control and bidirectional characters by U+FFFD, so that text from outside cannot control the terminal. */
export function visible(text: string): string {
  return text.replace(UNSAFE, '\ufffd');
}

/** Aligns rows under a heading. Columns marked `right` are right-aligned. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  return all
    .map((row) =>
      widths
        .map((width, column) => {
          const cell = row[column] ?? '';
          const pad = ' '.repeat(width - widthOf(cell));
          return right.includes(column) ? pad + cell : cell + pad;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

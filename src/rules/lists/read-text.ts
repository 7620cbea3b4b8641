/** Reads lists of one value a line. */
import {
  type Entries,
  keyMistake,
  type ListSource,
  MAX_ENTRIES,
  MAX_LINE_LENGTH,
  tooManyEntries,
} from './entries.ts';
import { placeIn } from './text-places.ts';

/**
 * Reads one value a line. Lines that are empty or begin with `#` are left out. So is what follows white space and `#` or `;`, as
 * feeds of addresses write it, except in lists of text.
 */
export function readText({ text, declaration, report }: ListSource): Entries {
  const keepsAll = (declaration.type ?? 'text') === 'text';
  const keys: string[] = [];
  const offsets: number[] = [];
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    if (end - from > MAX_LINE_LENGTH) {
      const message = `the line is longer than ${MAX_LINE_LENGTH.toLocaleString('en-US')} characters`;
      report.at(() => placeIn(text, from), { code: 'too-large', message, hint: 'write one value a line' });
      break;
    }
    const line = text.slice(from, end).trim();
    const key = keepsAll ? line : withoutComment(line);
    if (key !== '' && !line.startsWith('#')) {
      if (keys.length === MAX_ENTRIES) {
        report.at(() => placeIn(text, from), tooManyEntries());
        break;
      }
      const mistake = keyMistake(key);
      const start = from;
      if (mistake) report.at(() => placeIn(text, start, end - start), mistake);
      keys.push(key);
      offsets.push(from);
    }
    from = end + 1;
  }
  const starts = Uint32Array.from(offsets);
  return {
    key: undefined,
    columns: [],
    keys,
    cells: {
      span: (entry) => {
        const from = starts[entry] ?? 0;
        const [line = ''] = text.slice(from, from + MAX_LINE_LENGTH).split('\n', 1);
        const key = keepsAll ? line.trim() : withoutComment(line.trim());
        return placeIn(text, from + line.indexOf(key), key.length);
      },
      valueAt: () => undefined,
    },
  };
}

function withoutComment(line: string): string {
  const comment = line.search(/\s[#;]|^;/);
  return comment < 0 ? line : line.slice(0, comment).trimEnd();
}

/** Reads lists of comma-separated values. What stands beside a key is read from the text again when a row asks for it. */
import type { Mistake, Span } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/nearest.ts';
import { readCsv } from '../schema/csv.ts';
import {
  type Cells,
  columnsMistake,
  type Entries,
  keyMistake,
  type ListSource,
  MAX_ENTRIES,
  MAX_LINE_LENGTH,
  tooManyEntries,
} from './entries.ts';
import { placeIn } from './text-places.ts';

interface Line {
  readonly cells: readonly string[];
  readonly end: number;
}

/** Reads a CSV file whose first line names the columns. Lines that are empty or begin with `#` are left out. Undefined if an error was reported. */
export function readCsvList({ text, declaration, report }: ListSource): Entries | undefined {
  const separator = declaration.separator ?? ',';
  const start = skipped(text, 0);
  const header = lineAt(text, start, separator);
  if ('code' in header) {
    report.at(() => placeIn(text, start), header);
    return undefined;
  }
  const names = header.cells.map((cell) => cell.trim());
  const wrong = start >= text.length ? EMPTY : columnsMistake(names);
  if (wrong) {
    report.at(() => placeIn(text, start, header.end - start), wrong);
    return undefined;
  }
  const keyAt = declaration.key === undefined ? 0 : names.indexOf(declaration.key);
  if (keyAt < 0) {
    const message = `the list has no column "${declaration.key}"`;
    report.declared({
      code: 'unknown-column',
      message,
      hint: suggest(declaration.key ?? '', names),
      path: ['key'],
    });
    return undefined;
  }
  const keys: string[] = [];
  const offsets: number[] = [];
  for (let at = skipped(text, header.end); at < text.length; ) {
    if (keys.length === MAX_ENTRIES) {
      report.at(() => placeIn(text, at), tooManyEntries());
      break;
    }
    const line = lineAt(text, at, separator);
    if ('code' in line) {
      report.at(() => placeIn(text, at), line);
      break;
    }
    const key = (line.cells[keyAt] ?? '').trim();
    const mistake = cellsMistake(line.cells, names) ?? keyMistake(key);
    const begin = at;
    if (mistake) report.at(() => placeIn(text, begin, line.end - begin), mistake);
    keys.push(key);
    offsets.push(at);
    at = skipped(text, line.end);
  }
  return {
    key: names[keyAt],
    columns: names.filter((_, at) => at !== keyAt),
    keys,
    cells: new CsvCells({ text, separator, names, keyAt, starts: Uint32Array.from(offsets) }),
  };
}

const EMPTY: Mistake = {
  code: 'empty-file',
  message: 'the file holds no line',
  hint: 'the first line of a CSV file names its columns',
};

interface ReadLines {
  readonly text: string;
  readonly separator: string;
  readonly names: readonly string[];
  readonly keyAt: number;
  /** Where each entry begins. */
  readonly starts: Uint32Array;
}

class CsvCells implements Cells {
  readonly #read: ReadLines;
  /** The entry that was read last: a step asks for several of its columns. */
  #last: { readonly entry: number; readonly cells: readonly string[] } | undefined;

  constructor(read: ReadLines) {
    this.#read = read;
  }

  span(entry: number): Span {
    const { text, starts, separator, keyAt } = this.#read;
    const start = starts[entry] ?? 0;
    const cells = this.#cells(entry);
    const before = cells.slice(0, keyAt).join(separator).length + (keyAt > 0 ? 1 : 0);
    const found = text.indexOf((cells[keyAt] ?? '').trim(), start + before);
    return placeIn(text, found < 0 ? start : found, cells[keyAt]?.trim().length);
  }

  /** An empty cell is no value. */
  valueAt(entry: number, column: string): string | undefined {
    const value = this.#cells(entry)[this.#read.names.indexOf(column)];
    return value === '' ? undefined : value;
  }

  #cells(entry: number): readonly string[] {
    if (this.#last?.entry !== entry) {
      const { text, starts, separator } = this.#read;
      const line = lineAt(text, starts[entry] ?? 0, separator);
      this.#last = { entry, cells: 'code' in line ? [] : line.cells };
    }
    return this.#last.cells;
  }
}

/** The position of the next line that is neither empty nor a comment. */
function skipped(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (text[at] === '\n' || text[at] === '\r') at += 1;
    if (text[at] !== '#') return at;
    const end = text.indexOf('\n', at);
    if (end < 0) return text.length;
    at = end;
  }
}

function lineAt(text: string, start: number, separator: string): Line | Mistake {
  const newline = text.indexOf('\n', start);
  const end = newline < 0 ? text.length : newline;
  if (end - start > MAX_LINE_LENGTH) return tooLong();
  const line = text.slice(start, text[end - 1] === '\r' ? Math.max(start, end - 1) : end);
  if (!line.includes('"')) return { cells: line.split(separator), end: Math.min(text.length, end + 1) };
  const part = text.slice(start, start + MAX_LINE_LENGTH);
  const { records, mistake } = readCsv(part, separator, 1);
  const [record] = records;
  if (record) return { cells: record.cells, end: start + record.end };
  return { code: 'bad-entry', message: mistake?.message ?? 'the line holds nothing' };
}

function tooLong(): Mistake {
  return {
    code: 'too-large',
    message: `the line is longer than ${MAX_LINE_LENGTH.toLocaleString('en-US')} characters`,
    hint: 'each entry is a line that ends with a line feed',
  };
}

function cellsMistake(cells: readonly string[], names: readonly string[]): Mistake | undefined {
  if (cells.length === names.length) return undefined;
  const message = `the line has ${cells.length} cells, and the first line names ${names.length} columns`;
  return { code: 'bad-entry', message, hint: 'a cell with a separator in it stands in double quotes' };
}

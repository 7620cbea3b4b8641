/**
 * Reads comma-separated values (RFC 4180): quoted cells, LF or CR LF line ends, any separator.
 *
 * No library, because the small ones neither give the line of each record, which messages need, nor bound the number of records.
 */

/** One record. Its quoted cells may span several lines of the file. */
export interface CsvRecord {
  /** The line on which the record begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** The position behind the record and its line end. */
  readonly end: number;
}

/** A mistake that ends the reading. */
export interface CsvMistake {
  readonly line: number;
  readonly message: string;
}

export interface CsvText {
  readonly records: readonly CsvRecord[];
  readonly mistake: CsvMistake | undefined;
}

/** Reads up to `most` records, and skips empty lines. Reading ends at the first mistake. */
export function readCsv(text: string, separator: string, most: number): CsvText {
  const records: CsvRecord[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length && records.length < most) {
    const begin = line;
    const cells: string[] = [];
    for (;;) {
      const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at, separator);
      if (cell === undefined) {
        return { records, mistake: { line, message: 'a quotation mark is opened and never closed' } };
      }
      line += linesIn(text, at, cell.end);
      at = cell.end;
      cells.push(cell.text);
      if (text[at] === separator) {
        at += 1;
        continue;
      }
      const end = lineEnd(text, at);
      if (end === undefined) {
        return {
          records,
          mistake: { line, message: 'something follows the quotation mark that closes a cell' },
        };
      }
      if (end > at) line += 1;
      at = end;
      break;
    }
    if (cells.length > 1 || cells[0] !== '') records.push({ line: begin, cells, end: at });
  }
  return { records, mistake: undefined };
}

interface Cell {
  readonly text: string;
  readonly end: number;
}

/** Reads a quoted cell such as `"a ""b"" c"`. Undefined if its closing quote is missing. */
function quotedCell(text: string, start: number): Cell | undefined {
  const parts: string[] = [];
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return undefined;
    parts.push(text.slice(from, quote));
    if (text[quote + 1] !== '"') return { text: parts.join('"'), end: quote + 1 };
    from = quote + 2;
  }
}

function plainCell(text: string, start: number, separator: string): Cell {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { text: text.slice(start, end), end };
}

/** The position after the line end at `at`, or the end of the text; undefined if neither is at `at`. */
function lineEnd(text: string, at: number): number | undefined {
  if (at >= text.length) return at;
  if (text[at] === '\n') return at + 1;
  if (text[at] === '\r') return text[at + 1] === '\n' ? at + 2 : at + 1;
  return undefined;
}

/** A CR LF is one line end. */
function linesIn(text: string, from: number, to: number): number {
  let lines = 0;
  for (let i = from; i < to; i += 1) {
    if (text[i] === '\n' || (text[i] === '\r' && text[i + 1] !== '\n')) lines += 1;
  }
  return lines;
}

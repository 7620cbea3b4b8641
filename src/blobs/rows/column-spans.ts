/** Finds the places of a row's columns in its bytes: from the scan of its page, or by a walk along the members. */
import type { ColumnSpans } from '../../shared/column-spans.ts';
import type { Row } from '../../shared/event.ts';
import type { RowBytes } from '../../shared/row-bytes.ts';
import type { RawRow } from './raw-row.ts';
import { scanRow } from './scan.ts';

/** The columns of a row that parseRow could read. @param raw the row as it was read. */
export function columnSpans(raw: Pick<RawRow, 'bytes'>, row: Pick<Row, 'bytes'>): ColumnSpans {
  return row.bytes ? scannedSpans(row.bytes) : walkedSpans(raw.bytes);
}

function scannedSpans(bytes: RowBytes): ColumnSpans {
  const { page, propertiesFrom: from, propertiesTo: to } = bytes;
  return {
    page,
    from,
    to,
    each(visit) {
      const { count } = bytes;
      for (let column = 0; column < count; column++) {
        visit(
          bytes.name(column),
          bytes.columnStart(column),
          bytes.valueStart(column),
          bytes.columnEnd(column),
        );
      }
    },
  };
}

function walkedSpans(page: Buffer): ColumnSpans {
  const { start: from, end: to } = scanRow(page).properties ?? { start: 0, end: 0 };
  return { page, from, to, each: (visit) => walk(page, from, to, visit) };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/** The bytes are those of an object that JSON.parse has read. */
function walk(page: Buffer, from: number, to: number, visit: Parameters<ColumnSpans['each']>[0]): void {
  const end = to - 1;
  let at = nextToken(page, from + 1, end);
  while (at < end) {
    const keyEnd = stringEnd(page, at);
    const valueFrom = nextToken(page, keyEnd, end, COLON);
    const valueTo = valueEnd(page, valueFrom, end);
    visit(nameAt(page, at, keyEnd), at, valueFrom, trimmedEnd(page, valueFrom, valueTo));
    at = nextToken(page, valueTo, end, COMMA);
  }
}

/** The place of the next token that is not `passed`. */
function nextToken(page: Buffer, from: number, end: number, passed?: number): number {
  let at = from;
  while (at < end && ((page[at] ?? 0) <= 0x20 || page[at] === passed)) at++;
  return at;
}

/** The place behind the value that begins at `from`: of the comma behind it, or `end`. */
function valueEnd(page: Buffer, from: number, end: number): number {
  let depth = 0;
  for (let at = from; at < end; at++) {
    const byte = page[at];
    if (byte === QUOTE) at = stringEnd(page, at) - 1;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (byte === COMMA && depth === 0) return at;
  }
  return end;
}

function trimmedEnd(page: Buffer, from: number, to: number): number {
  let end = to;
  while (end > from && (page[end - 1] ?? 0) <= 0x20) end--;
  return end;
}

function stringEnd(page: Buffer, from: number): number {
  for (let at = from + 1; at < page.length; at++) {
    if (page[at] === BACKSLASH) at++;
    else if (page[at] === QUOTE) return at + 1;
  }
  return page.length;
}

function nameAt(page: Buffer, from: number, to: number): string {
  const text = page.toString('utf8', from, to);
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

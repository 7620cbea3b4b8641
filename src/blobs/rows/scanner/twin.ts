/** Scans a page in TypeScript: the reference for the WebAssembly scanner, and what runs where that cannot be loaded. */
import { IntTable } from './int-table.ts';
import {
  FLAG_BOM,
  FLAG_LONG,
  FLAG_TOO_LARGE,
  FLAGS_SLOW,
  LINE_MOST,
  ROW_END,
  ROW_FLAGS,
  ROW_INTS,
  ROW_NEXT,
  ROW_START,
} from './layout.ts';
import type { PageScan } from './page-scan.ts';
import { RowReader } from './row-reader.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

const reader = new RowReader();

/** See ScanPage. */
export function scanPageInTypeScript(page: Uint8Array, from: number, to: number, rowLimit: number): PageScan {
  const rows = new IntTable(1024 * ROW_INTS);
  reader.members = new IntTable(4096);
  let rest = from;
  for (;;) {
    const lineEnd = page.indexOf(LF, rest);
    if (lineEnd === -1 || lineEnd >= to) break;
    scanLine(page, rest, lineEnd, { rowLimit, rows });
    rest = lineEnd + 1;
  }
  return { count: rows.length / ROW_INTS, rows: rows.ints(), members: reader.members.ints(), rest };
}

interface Scan {
  readonly rowLimit: number;
  readonly rows: IntTable;
}

/** Adds the row of one line, if it is one. `lineEnd`: its LF. */
function scanLine(page: Uint8Array, line: number, lineEnd: number, { rowLimit, rows }: Scan): void {
  const next = lineEnd + 1;
  const hasMark = page[line] === 0xef && page[line + 1] === 0xbb && page[line + 2] === 0xbf;
  const start = hasMark ? line + 3 : line;
  const isLarge = next - line > rowLimit;
  let end = lineEnd;
  let flags = hasMark ? FLAG_BOM : 0;
  if (!isLarge) {
    while (end > start && page[end - 1] === CR) end--;
    if (isBlank(page, start, end)) return;
  }
  const at = rows.add(ROW_INTS);
  if (isLarge) flags |= FLAG_TOO_LARGE;
  else if (next - line > LINE_MOST) flags |= FLAG_LONG;
  else flags |= reader.read(page, start, end);
  rows.set(at + ROW_START, start);
  rows.set(at + ROW_END, end);
  rows.set(at + ROW_NEXT, next);
  rows.set(at + ROW_FLAGS, flags);
  if ((flags & FLAGS_SLOW) === 0) reader.describe(rows, at);
}

function isBlank(page: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = page[at];
    if (byte !== SPACE && byte !== TAB && byte !== CR) return false;
  }
  return true;
}

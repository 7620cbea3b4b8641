/** Splits JSON Lines into rows by scanning whole pages. It does what lines.ts does, and finds the members of each row in the same pass. */
import { Carry } from './carry.ts';
import { rowOfCarried } from './lines.ts';
import { GONE, PageRow, type ScannedPage } from './page-row.ts';
import type { RawRow, RowSplitter } from './raw-row.ts';
import { ScanMemory, scannerInto } from './scanner/index.ts';
import type { ScanPage } from './scanner/page-scan.ts';

const LF = 0x0a;

/**
 * Splits JSON Lines like {@link lineSplitter}. A line that spans several pieces is joined and scanned separately.
 *
 * @param start the logical offset of the first byte that will be pushed, at which a row begins.
 * @param limit how many bytes of one row are kept in memory.
 */
export function scannedLineSplitter(start: number, limit: number, scanPage: ScanPage): RowSplitter {
  return new ScannedLines(start, limit, { page: scanPage, carried: scanPage, isPassing: false });
}

/**
 * The same, but the rows of a piece are gone with the next one, when their tables' memory serves again: reading one then throws a
 * RangeError. For those who are done with each piece before they ask for more.
 */
export function passingLineSplitter(start: number, limit: number): RowSplitter {
  const [page, carried] = [scannerInto(new ScanMemory()), scannerInto(new ScanMemory())];
  return new ScannedLines(start, limit, { page, carried, isPassing: true });
}

interface Scans {
  readonly page: ScanPage;
  /** For the line that spans pieces: its row is handed out together with those of the page. */
  readonly carried: ScanPage;
  /** Whether both write over the tables of the piece before. */
  readonly isPassing: boolean;
}

class ScannedLines implements RowSplitter {
  readonly #limit: number;
  readonly #scans: Scans;
  /** The pages of the last piece, where they are gone with the next one. */
  readonly #pages: ScannedPage[] = [];
  /** The unfinished last line. */
  readonly #carry: Carry;
  #position: number;

  constructor(start: number, limit: number, scans: Scans) {
    this.#limit = limit;
    this.#scans = scans;
    this.#carry = new Carry(limit);
    this.#position = start;
  }

  get position(): number {
    return this.#position;
  }

  push(chunk: Buffer): readonly RawRow[] {
    const rows: RawRow[] = [];
    for (const page of this.#pages.splice(0)) page.scan = GONE;
    let from = 0;
    if (this.#carry.length > 0) {
      from = chunk.indexOf(LF) + 1;
      this.#carry.add(from === 0 ? chunk : chunk.subarray(0, from));
      if (from === 0) return rows;
      this.#takeCarried(rows);
    }
    const rest = this.#scan(this.#scans.page, { bytes: chunk, from, rows });
    if (rest < chunk.length) this.#carry.add(chunk.subarray(rest));
    return rows;
  }

  rest(): RawRow | undefined {
    const { length } = this.#carry;
    return length === 0 ? undefined : rowOfCarried(this.#carry, this.#position + length);
  }

  /** Adds the row of the carried line, which is complete now. */
  #takeCarried(rows: RawRow[]): void {
    const carry = this.#carry;
    if (carry.truncated) {
      this.#position += carry.length;
      const row = rowOfCarried(carry, this.#position);
      if (row) rows.push(row);
    } else this.#scan(this.#scans.carried, { bytes: carry.bytes(), from: 0, rows });
    carry.clear();
  }

  /** Adds the rows of the complete lines after `from`, and returns where the last one ends. */
  #scan(scanPage: ScanPage, { bytes, from, rows }: Unread): number {
    const limit = this.#limit;
    const scan = scanPage(bytes, from, bytes.length, limit);
    const scanned = { bytes, offset: this.#position - from, scan };
    if (this.#scans.isPassing) this.#pages.push(scanned);
    const before = rows.length;
    rows.length += scan.count;
    for (let index = 0; index < scan.count; index++) {
      const row = new PageRow(scanned, index);
      rows[before + index] = row.isTooLarge ? firstBytes(row, limit) : row;
    }
    this.#position += scan.rest - from;
    return scan.rest;
  }
}

interface Unread {
  readonly bytes: Buffer;
  readonly from: number;
  /** Where the rows are added. */
  readonly rows: RawRow[];
}

/** The truncated row of a line that is longer than is kept. */
function firstBytes({ offset, end, bytes }: PageRow, limit: number): RawRow {
  return { offset, end, bytes: Buffer.from(bytes.subarray(0, limit)), truncated: true };
}

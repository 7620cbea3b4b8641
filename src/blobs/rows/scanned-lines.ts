/** Splits JSON Lines into rows by scanning whole pages. It does what lines.ts does, and finds the members of each row in the same pass. */
import { Carry } from './carry.ts';
import { rowOfCarried } from './lines.ts';
import { PageRow } from './page-row.ts';
import type { RawRow, RowSplitter } from './raw-row.ts';
import type { ScanPage } from './scanner/page-scan.ts';

const LF = 0x0a;

/**
 * Splits JSON Lines like {@link lineSplitter}. A line that spans several pieces is joined and scanned separately.
 *
 * @param start the logical offset of the first byte that will be pushed, at which a row begins.
 * @param limit how many bytes of one row are kept in memory.
 */
export function scannedLineSplitter(start: number, limit: number, scanPage: ScanPage): RowSplitter {
  return new ScannedLines(start, limit, scanPage);
}

class ScannedLines implements RowSplitter {
  readonly #limit: number;
  readonly #scanPage: ScanPage;
  /** The unfinished last line. */
  readonly #carry: Carry;
  #position: number;

  constructor(start: number, limit: number, scanPage: ScanPage) {
    this.#limit = limit;
    this.#scanPage = scanPage;
    this.#carry = new Carry(limit);
    this.#position = start;
  }

  get position(): number {
    return this.#position;
  }

  push(chunk: Buffer): readonly RawRow[] {
    const rows: RawRow[] = [];
    let from = 0;
    if (this.#carry.length > 0) {
      from = chunk.indexOf(LF) + 1;
      this.#carry.add(from === 0 ? chunk : chunk.subarray(0, from));
      if (from === 0) return rows;
      this.#takeCarried(rows);
    }
    const rest = this.#scan(chunk, from, rows);
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
    } else this.#scan(carry.bytes(), 0, rows);
    carry.clear();
  }

  /** Adds the rows of the complete lines after `from`, and returns where the last one ends. */
  #scan(page: Buffer, from: number, rows: RawRow[]): number {
    const limit = this.#limit;
    const scan = this.#scanPage(page, from, page.length, limit);
    const scanned = { bytes: page, offset: this.#position - from, scan };
    for (let index = 0; index < scan.count; index++) {
      const row = new PageRow(scanned, index);
      rows.push(row.isTooLarge ? firstBytes(row, limit) : row);
    }
    this.#position += scan.rest - from;
    return scan.rest;
  }
}

/** The truncated row of a line that is longer than is kept. */
function firstBytes({ offset, end, bytes }: PageRow, limit: number): RawRow {
  return { offset, end, bytes: Buffer.from(bytes.subarray(0, limit)), truncated: true };
}

/** Counts a blob's rows from its bytes, independently of what was delivered. */
import type { BlobStore } from '../../blobs/port.ts';
import type { Format } from '../../blobs/rows/format.ts';
import { readRows } from '../../blobs/rows/read-rows.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';

export interface CountOptions {
  readonly format: Format;
  /** How many stored bytes to read. */
  readonly length: number;
  /** The creation time of the blob, ms since the epoch, which identifies it. */
  readonly createdOn: number;
  /** Whether the blob is finished, so that the bytes after the last line end are a row too. */
  readonly final: boolean;
  /** Logical offsets. The rows that end at or before each of them are also counted separately. */
  readonly cuts: readonly number[];
  readonly signal?: AbortSignal;
}

export interface RowCount {
  readonly rows: number;
  /** The logical offset after the last row. */
  readonly end: number;
  /** By cut, the number of rows that end at or before it. */
  readonly before: ReadonlyMap<number, number>;
}

const LF = 0x0a;
/** A byte order mark, as UTF-8. */
const MARK = [0xef, 0xbb, 0xbf];
/** The row limit of the reader, which is small because only the lengths of rows are needed, not their bytes. */
const KEPT_BYTES = 65_536;

/** Reads the whole blob, with one piece at a time in memory. Throws BlobError. */
export async function countRows(store: BlobStore, ref: BlobRef, options: CountOptions): Promise<RowCount> {
  const ends = options.format === 'lines' ? lineEnds(store, ref, options) : rowEnds(store, ref, options);
  const cuts = [...new Set(options.cuts)].sort((a, b) => a - b);
  const before = new Map<number, number>();
  let next = 0;
  let rows = 0;
  let end = 0;
  for await (const page of ends) {
    for (const rowEnd of page) {
      for (let cut = cuts[next]; cut !== undefined && cut < rowEnd; cut = cuts[++next]) before.set(cut, rows);
      rows += 1;
      end = rowEnd;
    }
  }
  for (let cut = cuts[next]; cut !== undefined; cut = cuts[++next]) before.set(cut, rows);
  return { rows, end, before };
}

/**
 * The ends of all lines that are not blank. This does not use the splitter with which the relay reads: if that lost a row, a count by the
 * same code would not notice.
 */
async function* lineEnds(
  store: BlobStore,
  ref: BlobRef,
  { length, createdOn, final, signal }: CountOptions,
): AsyncGenerator<readonly number[]> {
  const line = new Line();
  let at = 0;
  for await (const piece of store.read(ref, { start: 0, end: length, createdOn }, signal)) {
    const ends: number[] = [];
    let from = 0;
    for (let lf = piece.indexOf(LF); lf !== -1; lf = piece.indexOf(LF, from)) {
      line.add(piece, from, lf);
      if (line.end()) ends.push(at + lf + 1);
      from = lf + 1;
    }
    line.add(piece, from, piece.length);
    at += piece.length;
    yield ends;
  }
  if (line.end() && final) yield [at];
}

/** Decides whether a line contains more than blanks and a byte order mark at its start. */
class Line {
  /** How many bytes of a byte order mark the line begins with. */
  #mark = 0;
  #isBegun = false;
  #hasContent = false;

  add(piece: Uint8Array, from: number, to: number): void {
    for (let index = from; index < to && !this.#hasContent; index++) {
      const byte = piece[index];
      if (!this.#isBegun && byte !== undefined && byte === MARK[this.#mark]) {
        this.#mark += 1;
        continue;
      }
      this.#isBegun = true;
      const isBlank = byte === 0x20 || byte === 0x09 || byte === 0x0d;
      this.#hasContent = !isBlank || this.#isBroken;
    }
  }

  /** Ends the line, and returns whether it is a row. */
  end(): boolean {
    const isRow = this.#hasContent || this.#isBroken;
    this.#mark = 0;
    this.#isBegun = false;
    this.#hasContent = false;
    return isRow;
  }

  /** Whether the line begins with an incomplete byte order mark, whose bytes are then part of a row. */
  get #isBroken(): boolean {
    return this.#mark > 0 && this.#mark < MARK.length;
  }
}

async function* rowEnds(
  store: BlobStore,
  ref: BlobRef,
  { format, length, createdOn, final, signal }: CountOptions,
): AsyncGenerator<readonly number[]> {
  const pages = readRows(store, ref, {
    start: 0,
    length,
    format,
    rowLimit: KEPT_BYTES,
    isCounting: true,
    createdOn,
    ...(signal && { signal }),
  });
  for await (const page of pages) {
    if (page.kind === 'rows') yield page.rows.map(({ end }) => end);
    // If compressed data is damaged, the bytes before the damage count as a row, because the relay stores them as a dead letter.
    else if (final && (page.rest || page.damage)) yield [page.rest?.end ?? page.position];
  }
}

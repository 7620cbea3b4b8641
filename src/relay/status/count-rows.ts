/** Counts a blob's rows from its bytes, without asking what anybody delivered. */
import type { BlobStore } from '../../blobs/port.ts';
import type { Format } from '../../blobs/rows/format.ts';
import { readRows } from '../../blobs/rows/read-rows.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';

export interface CountOptions {
  readonly format: Format;
  /** Stored bytes to read. */
  readonly length: number;
  /** Creation time of the blob that is meant, ms since the epoch. */
  readonly createdOn: number;
  /** The blob is finished: what lies behind the last line end is a row too. */
  readonly final: boolean;
  /** Logical offsets: the rows that end at or before each of them are counted apart. */
  readonly cuts: readonly number[];
  readonly signal?: AbortSignal;
}

export interface RowCount {
  readonly rows: number;
  /** Logical bytes from the blob's beginning to behind its last row. */
  readonly end: number;
  /** By cut: rows that end at or before it. */
  readonly before: ReadonlyMap<number, number>;
}

const LF = 0x0a;
/** A byte order mark, as UTF-8. */
const MARK = [0xef, 0xbb, 0xbf];
/** Only rows' lengths count: their bytes need not be kept. */
const KEPT_BYTES = 65_536;

/** Reads the whole blob; memory holds one piece. Throws BlobError. */
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
 * Where each line ends that is not blank. Written apart from the splitter that the relay reads with: were a row lost there, a count
 * by the same code would not notice.
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

/** Tells whether a line has more than blanks and a byte order mark at its start. */
class Line {
  /** Bytes of a byte order mark that the line begins with. */
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

  /** Whether the line is a row; then the next line begins. */
  end(): boolean {
    const isRow = this.#hasContent || this.#isBroken;
    this.#mark = 0;
    this.#isBegun = false;
    this.#hasContent = false;
    return isRow;
  }

  /** A part of a byte order mark is none. */
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
    // Where compressed data breaks, the piece before the break stands for the row that it was: it is a dead letter.
    else if (final && (page.rest || page.damage)) yield [page.rest?.end ?? page.position];
  }
}

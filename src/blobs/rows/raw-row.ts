/** A row as bytes, before it is parsed, and what splits bytes into rows. */
import type { ByteWriter } from '../../shared/byte-writer.ts';

/** One row as bytes, not parsed yet. */
export interface RawRow {
  /** The logical offset of the row's first byte. */
  readonly offset: number;
  /** The logical offset after the row and its line end, at which a reader continues. */
  readonly end: number;
  /** The row's bytes without the line end; only the first ones if `truncated`. */
  readonly bytes: Buffer;
  /** Whether the row is longer than is kept in memory. */
  readonly truncated: boolean;
  /** With `from` and `to`, where a scanned row lies: from there it is copied without a view of its bytes. */
  readonly page?: Buffer;
  readonly from?: number;
  readonly to?: number;
}

/** A row as far as it is copied. */
export interface RowContent extends Pick<RawRow, 'page' | 'from' | 'to'> {
  readonly bytes: Uint8Array;
}

/** Writes the row's bytes. */
export function writeRow(raw: RowContent, writer: ByteWriter): void {
  // A getter makes a view.
  if (raw.page === undefined) writer.bytes(raw.bytes);
  else writer.bytes(raw.page, raw.from, raw.to);
}

/** Splits a blob's bytes, which may come in any pieces, into rows. */
export interface RowSplitter {
  /** Adds bytes, and returns the rows that are complete now. */
  push(chunk: Buffer): readonly RawRow[];
  /** The bytes after the last complete row, as a row without a line end; undefined if there are none. Call it after the last bytes. */
  rest(): RawRow | undefined;
  /** The logical offset after the last complete row, blank lines included. */
  readonly position: number;
}

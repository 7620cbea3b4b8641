/** One row as its bytes are in the blob, not yet parsed. */
export interface RawRow {
  /** Logical offset of its first byte. */
  readonly offset: number;
  /** Logical offset just behind it, its line end included: where a reader goes on. */
  readonly end: number;
  /** Its bytes without the line end; only the first ones where `truncated`. */
  readonly bytes: Buffer;
  /** The row is longer than is kept in memory. */
  readonly truncated: boolean;
}

/** Cuts a blob's bytes into rows, whatever pieces they come in. */
export interface RowSplitter {
  /** Takes the next bytes and gives the rows that are complete now. */
  push(chunk: Buffer): readonly RawRow[];
  /** What lies behind the last complete row: a row without its line end, or nothing. Call when the bytes are over. */
  rest(): RawRow | undefined;
  /** Logical offset behind the last complete row (blank lines included). */
  readonly position: number;
}

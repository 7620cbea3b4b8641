/** Where the columns of one row stand in its bytes, for what measures rows. */

/** The columns of one row, as bytes. It must not outlive the page of its bytes. */
export interface ColumnSpans {
  readonly page: Uint8Array;
  /** With `to`, the range of the object `properties`, braces included. */
  readonly from: number;
  readonly to: number;
  /**
   * Calls `visit` for each column in the order of the row; for a name that stands there twice, twice.
   *
   * @param visit gets the name, the place of the quote before it, the place of the value, and the place behind the value.
   */
  each(visit: (name: string, from: number, valueFrom: number, to: number) => void): void;
}

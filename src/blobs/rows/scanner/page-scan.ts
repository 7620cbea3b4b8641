/** What a scan of a page of JSON Lines gives, and the function that does it. */

/** The lines of a page as tables of integers; layout.ts says what they hold. */
export interface PageScan {
  /** How many rows the page has; blank lines are none. */
  readonly count: number;
  /** `ROW_INTS` integers a row. */
  readonly rows: Int32Array;
  /** `MEMBER_INTS` integers a member of an object. */
  readonly members: Int32Array;
  /** Where the unfinished last line begins, with its byte order mark; the page's end where there is none. */
  readonly rest: number;
}

/**
 * Scans the lines between `from` and `to` of a page, in which a line begins at `from`.
 *
 * @param rowLimit longest line in bytes, its line end included: a longer one is a row with `FLAG_TOO_LARGE`.
 */
export type ScanPage = (page: Uint8Array, from: number, to: number, rowLimit: number) => PageScan;

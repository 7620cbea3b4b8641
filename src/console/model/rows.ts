/** Text of rows in the JSON of the console's pages. */

/** Text of a row, or of what was sent, as the setting `console.rows` allows it. May be text of an attacker. */
export interface ShownText {
  /** Absent where it is not shown: then `why` is present. */
  readonly text?: string;
  /** A sentence that says why the text is not shown, and which setting shows it. */
  readonly why?: string;
  /** The length of the whole, in bytes. */
  readonly bytes: number;
  /** Whether `text` is only the beginning. */
  readonly cut: boolean;
  /** Whether columns or values were replaced by `(masked)`. */
  readonly masked: boolean;
  /** Whether bytes that are not UTF-8 were replaced. */
  readonly lossy: boolean;
}

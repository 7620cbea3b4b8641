/** What the checks of the schemas report. */

/** One way in which an event is not valid. */
export interface Violation {
  /** Dotted. */
  readonly path: string;
  /** Lower case, without a full stop. */
  readonly message: string;
}

/** A table whose rows one destination always refuses is held for that destination alone, while its other tables flow. */

/** What a visit asks of the holds of one destination. Tables are named as in the category, in any case. */
export interface TableHolds {
  /** ms since the epoch before which no row of the table is sent; undefined: the table is not held. Asks nobody. */
  heldUntil(table: string): number | undefined;
  /**
   * Asks to send rows of the table: undefined is yes; a moment (ms since the epoch) is not before then. When the time of a hold is
   * over, one of all consumers is let in to probe.
   */
  admit(table: string): Promise<number | undefined>;
}

/** Holds nothing. */
export const noTableHolds: TableHolds = {
  heldUntil: () => undefined,
  admit: async () => undefined,
};

/** What an encoding says of a delivery whose data does not reach its destination whole, although the destination accepts it. */

/** By kind, what happens to the value, for the log. */
export const ALTERATIONS = {
  cut: 'the product cuts a value of this length without an error',
  characters: 'halves of characters, which the protocol does not have, were replaced by U+FFFD',
} as const;

export type AlterationKind = keyof typeof ALTERATIONS;

/** One value that does not arrive as it is. */
export interface Alteration {
  readonly kind: AlterationKind;
  /** Which one: a name of the destination's own, such as that of a declared column, never one that a row chose. */
  readonly field: string;
}

/** Takes what an encoding reports while it writes a delivery. */
export type ReportAlteration = (alteration: Alteration) => void;

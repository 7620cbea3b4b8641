/** What a rendering is: from the columns of a row to the strings that a rule's author expects in a field. */

/** The strings of one column, or of several that are joined; none where the row has nothing there. */
export type Texts = readonly string[];

/** The first string of a column: the columns that are put together hold one. */
export function first(columns: readonly Texts[], at: number): string | undefined {
  return columns[at]?.[0];
}

/**
 * Writes what Defender stores in its own form as the log source writes it: Sysmon, Windows' security log, or whatever a mapping stands
 * for. Rules are compared with what comes out, so that each modifier means what the rule's author meant.
 *
 * Several strings are several spellings of one value: a test that holds for one of them holds. Pure, and never throws.
 */
export interface Rendering {
  readonly name: string;
  /** The strings of each column in, the field's strings out. */
  render(columns: readonly Texts[]): Texts;
  /** For another field that is compared with this one (`|fieldref`): one spelling of each value. Without it, all of them. */
  readonly reference?: Rendering;
  /** A rule's whole value as it would be rendered, where values have several spellings (`::FFFF:a.b.c.d`). */
  spell?(value: string): string;
  /** A whole number of a rule as the field writes it: a number has no spelling of its own. */
  ofNumber?(digits: string): string;
  /** Its strings may be compared with numbers. */
  readonly isNumeric?: boolean;
  /** All strings that there can be, where their number is small. */
  readonly all?: Texts;
  /** The field is null or absent just where its columns are, and not where nothing is rendered. */
  readonly isTransparent?: boolean;
  /** Which columns the strings were made of, by position. Without it, all. */
  readColumns?(columns: readonly Texts[]): readonly number[];
}

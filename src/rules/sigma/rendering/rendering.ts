/** What a rendering is: from the columns of a row to the strings that a rule's author expects in a field. */

/** The strings of one column, or of several that are joined; none where the row has nothing there. */
export type Texts = readonly string[];

/** The longest value that stands for another: what is longer is no name, number or address, but may be an attack. */
const LONGEST_WORD = 64;

/** A short string of a column, `''` where it has none or a long one. */
export function word(columns: readonly Texts[], at: number): string {
  const text = first(columns, at) ?? '';
  return text.length > LONGEST_WORD ? '' : text;
}

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
  /** Where values have several spellings: the usual one alone. It is what another field is compared with (`|fieldref`). */
  readonly usual?: UsualSpelling;
  readonly indexedAs?: IndexedAs;
  /** What the column holds in place of a name, however it is written. Where not `all` strings are known, it may hold the name, too. */
  heldAs?(value: string, isCased: boolean): Texts;
  /** A rule's whole value as it would be rendered, where values have several spellings (`::FFFF:a.b.c.d`). */
  spell?(value: string): string;
  /** A whole number of a rule as the field writes it: a number has no spelling of its own. */
  ofNumber?(digits: string): string;
  /** What its strings can be compared with, besides strings. */
  readonly compares?: 'numbers' | 'addresses';
  /** All strings that there can be, where their number is small. */
  readonly all?: Texts;
  /** The field is null or absent just where its columns are, and not where nothing is rendered. */
  readonly isTransparent?: boolean;
  /** Which columns the strings were made of, by position. Without it, all. */
  readColumns?(columns: readonly Texts[]): readonly number[];
}

/** One spelling of each value. Most tests need no other, which costs less: strings are made and looked through for each row. */
export interface UsualSpelling {
  /** Gives the first of all spellings. */
  readonly rendering: Rendering;
  /** Whether a test that holds for any of the spellings holds for the usual one. */
  suffices(test: TestedText): boolean;
}

/** Where an index looks for what tests of a field need, where it does not look through the field's own strings. */
export interface IndexedAs {
  /** From the same columns. */
  readonly rendering: Rendering;
  /** What its strings hold wherever the field's hold this; undefined where there is nothing to be said. */
  need(literal: Literal): Literal | undefined;
}

/** A string, case-folded, and where it stands in another. */
export interface Literal {
  readonly mode: 'equals' | 'contains' | 'startswith' | 'endswith';
  readonly literal: string;
}

/** What a test asks of a string: a literal at a place, or several with wildcards between them. */
export interface TestedText {
  readonly place: 'equals' | 'contains' | 'startswith' | 'endswith' | 'wildcard';
  readonly literal: string;
}

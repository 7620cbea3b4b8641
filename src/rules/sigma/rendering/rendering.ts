/** The interface of renderings, which turn the columns of a row into the strings that a rule's author expects in a field. */

/** The strings of one column, or of several joined columns; empty if the row has no value there. */
export type Texts = readonly string[];

/** The longest value that renderings convert. A longer value is not a name, a number or an address, but may be hostile. */
const LONGEST_WORD = 64;

/** A column's string; `''` if it has none or a long one. */
export function word(columns: readonly Texts[], at: number): string {
  const text = first(columns, at) ?? '';
  return text.length > LONGEST_WORD ? '' : text;
}

/** A column's first string, for columns that hold one; undefined if there is none. */
export function first(columns: readonly Texts[], at: number): string | undefined {
  return columns[at]?.[0];
}

/**
 * Writes what Defender stores in its own form in the form of the mapped log source, such as Sysmon or Windows' security log. Rules
 * are compared with the result, so that each modifier means what the rule's author meant.
 *
 * Several strings are several spellings of one value: a test passes if it passes for one of them. Pure, and never throws.
 */
export interface Rendering {
  readonly name: string;
  /** What {@link Rendering.render} does, as data, so that a query can do the same. Without it, no query can be written for the field. */
  readonly form?: RenderingForm;
  /** Turns the strings of each column into the field's strings. */
  render(columns: readonly Texts[]): Texts;
  /** Present if values have several spellings: renders only the usual one. `|fieldref` compares with it. */
  readonly usual?: UsualSpelling;
  readonly indexedAs?: IndexedAs;
  /** What the column holds for a name of a rule, in all spellings. Unless `all` is present, the column may hold the name itself, too. */
  heldAs?(value: string, isCased: boolean): Texts;
  /** Rewrites a rule's whole value in the rendered spelling, if values have several (`::FFFF:a.b.c.d`). */
  spell?(value: string): string;
  /** Writes a whole number of a rule as the field does, because YAML does not keep the spelling of a number. */
  ofNumber?(digits: string): string;
  /** What else the rendered strings can be compared as. */
  readonly compares?: 'numbers' | 'addresses';
  /** All strings that the field can hold, if they are few. */
  readonly all?: Texts;
  /** Whether the field is null or absent exactly if its columns are, whatever is rendered. */
  readonly isTransparent?: boolean;
  /** The positions of the columns that the strings were made from. Without this function, all columns. */
  readColumns?(columns: readonly Texts[]): readonly number[];
}

/** What a rendering does, and from which columns, in the order in which it reads them. */
export type RenderingForm =
  /** A column of addresses: the usual spelling of each, or every spelling. */
  | { readonly kind: 'address'; readonly spellings: 'usual' | 'all' }
  /** `-` for nothing, and otherwise the column as `own` renders it. */
  | { readonly kind: 'dash'; readonly own: Rendering | undefined }
  /** `DOMAIN\\user` of two columns; with `both`, also the name alone. */
  | { readonly kind: 'account'; readonly both: boolean }
  /** `id` if one of the columns contains `part`, in any letter case. */
  | { readonly kind: 'event-of-key'; readonly id: string; readonly part: string }
  /** By the rules' name of a value, what the column holds for it; unless `closed`, also the column as `own` renders it. */
  | {
      readonly kind: 'names';
      readonly values: Readonly<Record<string, string | readonly string[]>>;
      readonly closed: boolean;
      readonly own: Rendering | undefined;
    }
  | { readonly kind: 'hexadecimal' }
  | { readonly kind: 'registry-data' }
  | {
      readonly kind: 'registry-path';
      /** The value or key that the event is about, its key alone, or the key and value that there are after the event. */
      readonly of: 'target' | 'target-key' | 'current';
      readonly as: 'sysmon' | 'kernel';
      readonly spellings: 'usual' | 'all';
    }
  | { readonly kind: 'url' }
  | { readonly kind: 'uri-part'; readonly part: 'stem' | 'query' | 'extension' }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'operating-system' };

/** The usual spelling of each value. Most tests need no other, and rendering and searching fewer strings per row costs less. */
export interface UsualSpelling {
  /** Renders the first of the spellings only. */
  readonly rendering: Rendering;
  /** Whether a test that passes for any of the spellings also passes for the usual one. */
  suffices(test: TestedText): boolean;
}

/** The strings that an index searches in place of the field's own. */
export interface IndexedAs {
  /** Renders those strings, from the same columns. */
  readonly rendering: Rendering;
  /** The literal that those strings contain wherever the field's strings contain `literal`; undefined if there is none. */
  need(literal: Literal): Literal | undefined;
}

/** A string, case-folded, and its place in another. */
export interface Literal {
  readonly mode: 'equals' | 'contains' | 'startswith' | 'endswith';
  readonly literal: string;
}

/** What a test requires of a string: a literal at a place, or several literals with wildcards between them. */
export interface TestedText {
  readonly place: 'equals' | 'contains' | 'startswith' | 'endswith' | 'wildcard';
  readonly literal: string;
}

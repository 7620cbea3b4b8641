/** The types of expressions: detections with all modifiers applied. The language produces them and the matcher runs them. */
import type { Mistake, Span } from '../../../diagnostics/diagnostic.ts';
import type { List } from '../../lists/list.ts';
import type { Regex } from '../../regex/engine.ts';
import type { Rendering } from '../rendering/rendering.ts';

/** Where the strings of a field come from. Only `FieldSources` creates sources, so that equal sources of a table's rules are one object. */
export type FieldSource = {
  /** The index at which a row caches the strings; -1 for a field that no rule reads, which is not cached. */
  readonly slot: number;
} & (
  | {
      readonly kind: 'column';
      readonly path: string;
      /** The steps of a dotted path; undefined for a plain column. */
      readonly steps: readonly string[] | undefined;
      /** Whether objects inherit a property of this name, so that only own keys may be read. */
      readonly inherited: boolean;
    }
  /** Several columns joined into one string, without those that are null, absent or empty. */
  | { readonly kind: 'join'; readonly paths: readonly string[]; readonly with: string }
  /** Other sources, rendered in the form that the rule's author expects of the field. */
  | {
      readonly kind: 'rendered';
      readonly inputs: readonly FieldSource[];
      readonly rendering: Rendering;
      /** The same field with only the usual spelling of each value; undefined if values have one spelling. */
      readonly usual: FieldSource | undefined;
      /** The source that an index searches instead of this one. */
      readonly indexed: FieldSource | undefined;
    }
  /** Every string of the row, at any depth; keywords search it. */
  | { readonly kind: 'any' }
);

export type TextMode = 'equals' | 'contains' | 'startswith' | 'endswith';
export type CompareOp = 'lt' | 'lte' | 'gt' | 'gte';
export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** The flags of `|re`. */
export interface RegexFlags {
  /** Case-insensitive. */
  readonly i: boolean;
  /** `^` and `$` match at the ends of lines. */
  readonly m: boolean;
  /** `.` matches line breaks. */
  readonly s: boolean;
}

/** A literal string, `*`, `?`, or one of several characters (`|windash`). */
export type Token = string | { readonly any: 'many' | 'one' } | { readonly oneOf: string };

/** A test of one string. Literals are case-folded unless `cased`. */
export type ValueTest =
  | { readonly kind: 'text'; readonly mode: TextMode; readonly literal: string; readonly cased: boolean }
  /** The tokens must match the whole string. */
  | { readonly kind: 'wildcard'; readonly tokens: readonly Token[]; readonly cased: boolean }
  | {
      readonly kind: 'regex';
      readonly source: string;
      readonly flags: RegexFlags;
      readonly regex: Regex;
      readonly literal: string;
    }
  /** `value` is a bigint if a number cannot hold the bound exactly. */
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly value: number | bigint }
  | { readonly kind: 'time'; readonly part: TimePart; readonly op: CompareOp | 'eq'; readonly value: number }
  | { readonly kind: 'cidr'; readonly network: string; readonly contains: (address: string) => boolean }
  /** The list decides how a string is compared with its keys. */
  | {
      readonly kind: 'list';
      readonly list: List;
      readonly isAddress: boolean;
      readonly has: (text: string) => boolean;
    }
  | { readonly kind: 'null' }
  | { readonly kind: 'exists' }
  | {
      readonly kind: 'field';
      readonly source: FieldSource;
      readonly mode: TextMode;
      readonly cased: boolean;
    };

/** One value of a rule: its text in the file, and its test. */
export interface Value {
  readonly label: string;
  readonly span: Span;
  readonly test: ValueTest;
}

/** A part of a detection that asks for something the table does not hold. It is never true. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly label: string;
  readonly span: Span;
  /** The reason. It becomes an error or a warning, depending on whether the rest of the detection can still match. */
  readonly reason: Mistake;
  /** Whether it is certain that no row of the table satisfies it. If not, a row might, but its columns do not show it. */
  readonly isCertain: boolean;
  /** The value, if this is one value of a field; a field may have many unavailable values. */
  readonly value?: { readonly table: string; readonly field: string; readonly raw: string };
}

/** A detection with all modifiers applied. The evaluator runs it, and the index extracts its literals. */
export type Expression =
  | {
      readonly kind: 'and' | 'or';
      readonly items: readonly Expression[];
      readonly span: Span;
      /** What the rule's condition says here, such as `1 of filter_*`. */
      readonly label?: string;
    }
  | { readonly kind: 'not'; readonly item: Expression; readonly span: Span }
  /** A search identifier with its name. */
  | { readonly kind: 'part'; readonly name: string; readonly item: Expression; readonly span: Span }
  | Unavailable
  /** A field, which matches if one of its values does. */
  | {
      readonly kind: 'field';
      readonly source: FieldSource;
      readonly values: readonly Value[];
      readonly label: string;
      readonly span: Span;
      /** Whether it restricts the rule to rows of its log source. It is evaluated last, and is not shown among what matched. */
      readonly isScope?: boolean;
    };

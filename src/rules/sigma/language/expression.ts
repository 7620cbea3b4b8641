/** What a detection means once all modifiers are applied: the tree between the language and the engine. Types only. */
import type { Mistake, Span } from '../../../diagnostics/diagnostic.ts';
import type { Regex } from '../../regex/engine.ts';
import type { Rendering } from '../rendering/rendering.ts';

/** Where a field's strings come from. Made by `FieldSources` only: equal sources of a table's rules are one object. */
export type FieldSource = {
  /** Where a row keeps the strings; -1 for a field that no rule reads, of which it keeps nothing. */
  readonly slot: number;
} & (
  | {
      readonly kind: 'column';
      readonly path: string;
      /** Of a dotted path. */
      readonly steps: readonly string[] | undefined;
      /** Objects inherit something of this name: only own keys count. */
      readonly inherited: boolean;
    }
  /** Several columns as one string; those that are null, absent or empty are left out. */
  | { readonly kind: 'join'; readonly paths: readonly string[]; readonly with: string }
  /** Other sources, written as the rule's author expects the field. */
  | {
      readonly kind: 'rendered';
      readonly inputs: readonly FieldSource[];
      readonly rendering: Rendering;
      /** The same with one spelling of each value, where there are several. */
      readonly usual: FieldSource | undefined;
      /** The one that an index looks through instead. */
      readonly indexed: FieldSource | undefined;
    }
  /** Keywords: every string of the row, however deep. */
  | { readonly kind: 'any' }
);

export type TextMode = 'equals' | 'contains' | 'startswith' | 'endswith';
export type CompareOp = 'lt' | 'lte' | 'gt' | 'gte';
export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** Literal text, `*`, `?`, or one of a few characters (`|windash`). */
export type Token = string | { readonly any: 'many' | 'one' } | { readonly oneOf: string };

/** What one string is compared with. Literals are case-folded unless `cased`. */
export type ValueTest =
  | { readonly kind: 'text'; readonly mode: TextMode; readonly literal: string; readonly cased: boolean }
  /** Anchored at both ends. */
  | { readonly kind: 'wildcard'; readonly tokens: readonly Token[]; readonly cased: boolean }
  | {
      readonly kind: 'regex';
      readonly source: string;
      readonly regex: Regex;
      readonly literal: string;
    }
  /** A bigint where a number cannot hold the bound. */
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly value: number | bigint }
  | { readonly kind: 'time'; readonly part: TimePart; readonly op: CompareOp | 'eq'; readonly value: number }
  | { readonly kind: 'cidr'; readonly contains: (address: string) => boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'exists' }
  | {
      readonly kind: 'field';
      readonly source: FieldSource;
      readonly mode: TextMode;
      readonly cased: boolean;
    };

/** One value of a rule: how the file writes it, and its test. */
export interface Value {
  readonly label: string;
  readonly span: Span;
  readonly test: ValueTest;
}

/** What the table does not hold: never true. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly label: string;
  readonly span: Span;
  /** Why; it becomes an error or a warning once it is known what the rest of the detection can still find. */
  readonly reason: Mistake;
  /** No row of the table ever is what it asks for. Otherwise rows may be, and nobody can tell. */
  readonly isCertain: boolean;
  /** It is one value of a field, which may have many such values. */
  readonly value?: { readonly table: string; readonly field: string; readonly raw: string };
}

/** A detection after all modifiers: what the evaluator runs and the index reads. */
export type Expression =
  | {
      readonly kind: 'and' | 'or';
      readonly items: readonly Expression[];
      readonly span: Span;
      /** `1 of filter_*`, where the rule says it so. */
      readonly label?: string;
    }
  | { readonly kind: 'not'; readonly item: Expression; readonly span: Span }
  /** A search identifier, by its name. */
  | { readonly kind: 'part'; readonly name: string; readonly item: Expression; readonly span: Span }
  | Unavailable
  /** Matches when one of the values does. */
  | {
      readonly kind: 'field';
      readonly source: FieldSource;
      readonly values: readonly Value[];
      readonly label: string;
      readonly span: Span;
      /** It says which rows the rule is for: it is asked last, and is no part of what matched. */
      readonly isScope?: boolean;
    };

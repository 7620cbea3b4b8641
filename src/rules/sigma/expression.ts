import type { Span } from '../diagnostics.ts';

/** Where a field's texts come from: the columns it may be in, or several joined into one text. */
export type FieldSource =
  | { readonly kind: 'column'; readonly path: string }
  | { readonly kind: 'join'; readonly paths: readonly string[]; readonly with: string }
  /** Keywords: every text of the row. */
  | { readonly kind: 'any' };

/** What one text is compared with. Literals are case-folded unless `cased`. */
export type ValueTest =
  | { readonly kind: 'text'; readonly mode: TextMode; readonly literal: string; readonly cased: boolean }
  /** Literals and single wildcards in order, anchored at both ends. */
  | { readonly kind: 'wildcard'; readonly tokens: readonly WildcardToken[]; readonly cased: boolean }
  | {
      readonly kind: 'regex';
      readonly source: string;
      readonly flags: string;
      test(text: string): boolean;
      readonly literal: string | undefined;
    }
  | { readonly kind: 'compare'; readonly op: 'lt' | 'lte' | 'gt' | 'gte'; readonly value: number }
  | { readonly kind: 'time'; readonly part: TimePart; readonly value: number }
  | { readonly kind: 'cidr'; contains(address: string): boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'exists' }
  | {
      readonly kind: 'field';
      readonly source: FieldSource;
      readonly mode: TextMode;
      readonly cased: boolean;
    };

export type TextMode = 'equals' | 'contains' | 'startswith' | 'endswith';
export type WildcardToken = string | { readonly any: 'one' | 'many' };
export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** A detection after all modifiers: what the evaluator runs and the index reads. */
export type Expression =
  | {
      readonly kind: 'and' | 'or';
      readonly items: readonly Expression[];
      readonly label: string;
      readonly span: Span;
    }
  | { readonly kind: 'not'; readonly item: Expression; readonly span: Span }
  | { readonly kind: 'part'; readonly name: string; readonly item: Expression; readonly span: Span }
  | {
      readonly kind: 'field';
      readonly source: FieldSource;
      /** Matches when one of these does. */
      readonly tests: readonly ValueTest[];
      readonly label: string;
      readonly span: Span;
    };

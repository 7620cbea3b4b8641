/** The form in which compiled detections are kept: arrays of JSON, which are short and quickly read. */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { TextMode } from '../language/expression.ts';
import type { Loss } from '../language/unavailable.ts';
import type { SigmaRule } from '../types.ts';

/** A place in the file: line, column, length. */
export type KeptSpan = readonly [line: number, column: number, length: number];

/** Where the strings of a field come from: all strings of the row, a column, columns joined, or other sources rendered. */
export type KeptSource =
  | 0
  | string
  | readonly ['join', separator: string, ...paths: string[]]
  | readonly ['rendered', rendering: string, inputs: readonly KeptSource[]];

/** In this order, so that a text's place and whether it is cased are one number. */
export const TEXT_MODES: readonly TextMode[] = ['equals', 'contains', 'startswith', 'endswith'];
/** Added to the position of the mode if letter case counts. */
export const CASED = TEXT_MODES.length;

/** `many`, `one`, or one of several characters. */
export type KeptToken = string | 0 | 1 | readonly [oneOf: string];

/** A test. The literal of a text is left out if it is the value's label. Sources are given by their position in {@link KeptTable.sources}. */
export type KeptTest =
  | readonly [mode: number, literal?: string]
  | readonly ['wildcard', cased: boolean, ...tokens: KeptToken[]]
  | readonly ['regex', source: string, flags: string]
  /** A bound that a number does not hold exactly is a string. */
  | readonly ['compare', op: string, value: number | string]
  | readonly ['time', part: string, op: string, value: number]
  | readonly ['cidr', network: string]
  | readonly ['null']
  | readonly ['exists']
  | readonly ['field', source: number, mode: number];

export type KeptValue = readonly [label: string, span: KeptSpan, test: KeptTest];

/** An expression. A part that the condition names again is given by its number. */
export type KeptExpression =
  | readonly ['and' | 'or', span: KeptSpan, label: string | 0, ...items: KeptExpression[]]
  | readonly ['not', span: KeptSpan, item: KeptExpression]
  | readonly ['part', span: KeptSpan, name: string, item: KeptExpression]
  | readonly ['again', part: number]
  | readonly ['unavailable', span: KeptSpan, of: KeptUnavailable]
  | readonly ['field', span: KeptSpan, source: number, label: string, ...values: KeptValue[]];

export type KeptUnavailable = Omit<Loss['of'], 'kind' | 'span'>;

/** What a detection comes to on a table, without its expression. */
export interface KeptTable {
  readonly table: string;
  readonly found: readonly Diagnostic[];
  readonly losses: readonly Loss[];
  readonly runs: boolean;
  readonly sources: readonly KeptSource[];
}

/** What is kept of one file: read when rules are loaded. */
export interface KeptHead {
  readonly diagnostics: readonly Diagnostic[];
  readonly rules: readonly {
    readonly rule: Omit<SigmaRule, 'written' | 'kept'>;
    readonly tables: readonly KeptTable[];
  }[];
}

/** By rule and table, the expressions of a file; read when a row or a person asks for one of them. `0` for a detection with errors. */
export type KeptBody = readonly (readonly (KeptExpression | 0)[])[];

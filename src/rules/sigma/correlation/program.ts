/** What correlations are compiled to. Types only. */
import type { FieldSource } from '../language/expression.ts';
import type { CompiledRule, SigmaCorrelation, SigmaRule } from '../types.ts';

/** What a correlation can watch. */
export type Watched = SigmaRule | SigmaCorrelation;

/** A correlation whose rules and fields were found. */
export interface CompiledCorrelation {
  readonly correlation: SigmaCorrelation;
  /** Tells one definition from another, stable over restarts. 32 lower-case hex digits. */
  readonly fingerprint: string;
}

/** Where a row on which a rule matched has what a correlation asks for. */
export interface CorrelationFeed {
  readonly by: CompiledCorrelation;
  /** Which of the correlation's rules it is; 0 where only events count. */
  readonly position: number;
  /** For each field of `group-by`, where it may be. */
  readonly group: readonly (readonly FieldSource[])[];
  /** The same for each field whose values are counted. */
  readonly counted: readonly (readonly FieldSource[])[];
  /** The correlations that wait for this one. */
  readonly next: readonly CorrelationFeed[];
}

/** All correlations of a rule set. Immutable. */
export interface CorrelationProgram {
  /** Each after those that it waits for. */
  readonly correlations: readonly CompiledCorrelation[];
  /** What only feeds correlations and raises no alert of its own (`generate` is not set). */
  readonly silent: ReadonlySet<Watched>;
  /** What a match of the rule means for correlations. */
  feedsOf(rule: CompiledRule): readonly CorrelationFeed[];
}

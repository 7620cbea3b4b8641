/** The types of compiled correlations. */
import type { FieldSource } from '../language/expression.ts';
import type { CompiledRule, SigmaCorrelation, SigmaRule } from '../types.ts';

/** A document that a correlation can watch. */
export type Watched = SigmaRule | SigmaCorrelation;

/** A correlation whose rules and fields are resolved. */
export interface CompiledCorrelation {
  readonly correlation: SigmaCorrelation;
  /** Identifies the correlation's definition; the same after a restart. 32 lower-case hexadecimal digits. */
  readonly fingerprint: string;
}

/** How a correlation counts the matches of one rule: where a matching row holds the values that the correlation reads. */
export interface CorrelationFeed {
  readonly by: CompiledCorrelation;
  /** The rule's position in the correlation's list; 0 if the correlation counts events. */
  readonly position: number;
  /** For each field of `group-by`, the sources that may hold it. */
  readonly group: readonly (readonly FieldSource[])[];
  /** For each counted field, the sources that may hold it. */
  readonly counted: readonly (readonly FieldSource[])[];
  /** The feeds of the correlations that watch this one. */
  readonly next: readonly CorrelationFeed[];
}

/** All correlations of a rule set. Immutable. */
export interface CorrelationProgram {
  /** Each after the correlations that it watches. */
  readonly correlations: readonly CompiledCorrelation[];
  /** The rules and correlations that only feed correlations and raise no alert of their own (`generate` is not set). */
  readonly silent: ReadonlySet<Watched>;
  /** The feeds of a rule: which correlations count its matches, and how. */
  feedsOf(rule: CompiledRule): readonly CorrelationFeed[];
}

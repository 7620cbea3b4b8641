/** What a rule set is to the relay, and what it needs to know of relay.yaml. Types only. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Level, Row, RuleRef, Verdict } from '../shared/event.ts';
import type { CorrelationDefinition } from './sigma/index.ts';

/** What of relay.yaml the rules need. */
export interface RuleContext {
  /** Undefined where relay.yaml is not at hand: then any name is accepted. */
  readonly destinations: readonly string[] | undefined;
  readonly defaultDestinations: readonly string[];
  readonly alerts: readonly { readonly levels: readonly string[]; readonly to: readonly string[] }[];
  readonly variables: Readonly<Record<string, string | readonly string[]>>;
}

/** A Sigma correlation: what is counted over time, and the alert that comes of it. */
export interface CorrelationRule {
  /** Tells one definition from another, stable over restarts. 32 lower-case hex digits. */
  readonly fingerprint: string;
  readonly definition: CorrelationDefinition;
  readonly rule: RuleRef;
  readonly level: Level;
  /** The destinations of its alerts, each once. */
  readonly to: readonly string[];
  /** It feeds other correlations and raises no alert of its own. */
  readonly silent: boolean;
}

/** A compiled set of rule files: immutable, replaced whole. */
export interface RuleSet {
  /** Short hash of the files' contents. */
  readonly version: string;
  /** Pure and synchronous; never throws on any row. */
  evaluate(row: Row): Verdict;
  /** The bytes before a row of this table in which an equal one makes it a repeat; undefined where repeats are sent. */
  dedupeWindow?(table: string): number | undefined;
  /** What `correlated` of a verdict speaks of; each after those that it waits for. */
  readonly correlations?: readonly CorrelationRule[];
}

/** `rules` is present exactly when no diagnostic is an error. */
export interface Compiled {
  readonly rules: RuleSet | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

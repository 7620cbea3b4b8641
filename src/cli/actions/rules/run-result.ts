/** What `rules run` has found: the counts of one rule set or of two, and how the two differ. */
import type { Tally } from './tally.ts';

/** The number of rows on which two rule sets differ in one way, and the first of them as `file@offset`. */
export interface Difference {
  count: number;
  readonly examples: string[];
}

/** The results of the rules and, with `diff`, of the rules to compare with. */
export interface RunResult {
  readonly tally: Tally;
  readonly other: Tally | undefined;
  /** The number of unreadable rows by reason. */
  readonly bad: ReadonlyMap<string, number>;
  /** The ways in which the two rule sets differ. */
  readonly differences: ReadonlyMap<string, Difference>;
  /** Why a comparison may say less than it seems to. */
  readonly doubts: readonly string[];
}

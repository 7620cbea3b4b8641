/** What needs a person, as the view `attention` answers it: the line on top of every page, and what else the state says. */
import type { SilentProcesses } from '../../relay/activity/silent.ts';

export interface AttentionItem {
  /** `bad`: events wait, are lost or are about to be. `warn`: it will become so, or something cannot be told. */
  readonly tone: 'bad' | 'warn';
  /** One sentence. May hold text of a reply or of a rule. */
  readonly text: string;
  /** The page that tells more: `destinations`. */
  readonly page: 'alerts' | 'dead-letters' | 'destinations' | 'now' | 'rules' | 'setup' | 'tables';
}

/** A number that was not counted to its end where `more` is true. */
export interface Counted {
  readonly total: number;
  readonly more: boolean;
}

export interface AttentionView {
  /** When the state was read, ms since the epoch. */
  readonly at: number;
  /** The worst first, at most 20. */
  readonly items: readonly AttentionItem[];
  /** How many items there are. */
  readonly total: number;
  /** Processes that no longer write; absent where there are none, or where that is unknown. */
  readonly silent?: SilentProcesses;
  /** The parts that could not be read: nothing is known about them. */
  readonly unknown: readonly string[];
  /** Absent where unknown, as all below. */
  readonly queue?: { readonly ready: number; readonly poison: number };
  readonly deadLetters?: Counted;
  /** Rows that fail alone and are retried. */
  readonly isolating?: Counted;
  /** What waits by destination, those for which most waits first; none for those that have everything. */
  readonly waiting?: readonly {
    readonly destination: string;
    readonly bytes: number;
    /** Milliseconds. */
    readonly ageMs: number;
  }[];
}

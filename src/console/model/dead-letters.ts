/** The dead letters, as the views and acts of that page answer them. Texts may have been written by an attacker. */
import type { ShownText } from './rows.ts';

export interface LetterGroup {
  /** Undefined for rows that could not be read, which no destination refused. */
  readonly destination?: string;
  readonly reason: string;
  readonly count: number;
}

export interface LetterCountsView {
  readonly at: number;
  /** Those that are put aside for good, the most first. */
  readonly letters: {
    readonly groups: readonly LetterGroup[];
    readonly total: number;
    readonly more: boolean;
  };
  /** Those that the relay still tries to deliver. */
  readonly isolating: {
    readonly groups: readonly LetterGroup[];
    readonly total: number;
    readonly more: boolean;
  };
}

export interface LetterItem {
  readonly name: string;
  readonly destination?: string;
  readonly reason: string;
  readonly source?: string;
  readonly table?: string;
  readonly rule?: string;
  readonly id?: string;
  readonly blob?: string;
  readonly offset: number;
  readonly length: number;
  /** Times in ms since the epoch. */
  readonly storedOn: number;
  readonly nextTry?: number;
}

export interface LettersView {
  readonly at: number;
  /** The newest first. */
  readonly letters: readonly LetterItem[];
  /** How many the filter selects. */
  readonly total: number;
  /** Whether there are more than were looked at: then `total` is at least so much, and older ones may be missing. */
  readonly more: boolean;
  /** For `before` of the next page; absent on the last. */
  readonly next?: string;
}

export interface LetterCountView {
  /** When it was counted: the act takes no letters that came later. */
  readonly at: number;
  readonly count: number;
  /** Whether there are more: then the act is done for `count` of them. */
  readonly more: boolean;
}

export interface LetterView {
  readonly at: number;
  readonly letter: LetterItem;
  /** Up to where it may begin to quote, unless all of the row is shown. */
  readonly message: string;
  /** What the destination answered to the row alone, over time. Messages end as above. */
  readonly answers: readonly { readonly code: string; readonly message: string }[];
  readonly isolating?: { readonly since: number; readonly tries: number; readonly next: number };
  /** JSON. */
  readonly details?: string;
  readonly row: ShownText;
  /** Absent if none was stored. */
  readonly payload?: ShownText;
}

export interface LetterResult {
  readonly name: string;
  readonly destination?: string;
  /** `accepted`, `removed`, `refused`, `down` ... */
  readonly result: string;
  /** What that means; empty where the word says all. */
  readonly explained: string;
  readonly code?: string;
  readonly message?: string;
}

/** The answer of `dead-letters/redrive` and `dead-letters/drop`. */
export interface LettersDone {
  /** One for each letter that was tried. */
  readonly results: readonly LetterResult[];
  /** Of them, how many are no longer stored. */
  readonly settled: number;
  /** Whether the filter selects no further letter. */
  readonly isDone: boolean;
  /** For `after` of the request that goes on. */
  readonly next?: string;
  /** Why it stopped before its end, where that is an error. */
  readonly stopped?: string;
}

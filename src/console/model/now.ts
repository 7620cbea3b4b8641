/** What the relay does at present, as the view `now` answers it. */
import type { ProcessActivity, Series } from '../../relay/activity/activity.ts';

/** Why a destination takes nothing. Times in ms since the epoch. */
export interface OpenBreaker {
  readonly since: number;
  readonly code: string;
  /** The sentence of the error; may hold text of a reply. */
  readonly message: string;
  /** Absent while it is disabled: a person enables it. */
  readonly nextTry?: number;
}

export interface NowDestination {
  readonly name: string;
  /** Absent where it is unknown whether it is in service; null where it is. */
  readonly breaker?: OpenBreaker | null;
  /** Absent where nothing is known of it, as all below. By minute. */
  readonly delivered?: Series;
  readonly failed?: Series;
  readonly deadLetters?: Series;
  /** The age of the oldest row that it has not received, in seconds; absent while no process is alive that would know. */
  readonly oldestSeconds?: number;
}

/** Rows since a full hour, between 60 and 120 minutes: the same for tables and destinations. */
export interface Flow {
  /** Ms since the epoch. */
  readonly since: number;
  /** The most rows first. */
  readonly tables: readonly {
    readonly name: string;
    readonly rows: number;
    readonly filtered: number;
    readonly alerts: number;
  }[];
  readonly destinations: readonly { readonly name: string; readonly rows: number }[];
}

export interface NowView {
  readonly at: number;
  /** Absent where the state does not tell, as `flow` and `processes`. By minute. */
  readonly totals?: {
    readonly rows: Series;
    readonly filtered: Series;
    readonly alerts: Series;
    /** Before and after these times nobody counted, so that a 0 says nothing. Ms since the epoch. */
    readonly knownFrom: number;
    readonly knownTo: number;
  };
  readonly flow?: Flow;
  readonly processes?: readonly ProcessActivity[];
  /** Those of relay.yaml. */
  readonly destinations: readonly NowDestination[];
  /** Why parts are unknown, one sentence each. */
  readonly trouble: readonly string[];
}

/** The destinations, as the views and acts of that page answer them. Texts of replies may have been written by an attacker. */
import type { Reply, Series } from '../../relay/activity/activity.ts';
import type { SilentProcesses } from '../../relay/activity/silent.ts';

/** Why a destination, or a table at it, takes nothing. Times in ms since the epoch. */
export interface OutOfServiceItem {
  readonly since: number;
  /** When it is tried next; undefined where it is not tried. */
  readonly nextTry: number | undefined;
  readonly code: string;
  readonly message: string;
  readonly failures: number | undefined;
}

export type DestinationStateItem =
  | { readonly kind: 'in_service' }
  /** `out`: it is tried again by itself. `disabled`: a person enables it. `silent`: it is for people, and takes no messages. */
  | ({ readonly kind: 'out' | 'disabled' | 'silent' } & OutOfServiceItem);

export interface HeldTableItem extends OutOfServiceItem {
  readonly table: string;
}

/** What a destination did in the last three hours, as the relay's processes wrote it. */
export interface DestinationFigures {
  readonly delivered: Series;
  readonly deliveredBytes: Series;
  readonly batches: Series;
  readonly failed: Series;
  readonly deadLetters: Series;
  /** Undefined where no process is alive: what waits by now is unknown. */
  readonly oldestUndeliveredSeconds: number | undefined;
  /** The newest first. */
  readonly replies: readonly Reply[];
}

export interface DestinationItem {
  readonly name: string;
  readonly type: string;
  /** What it is sent, one sentence each. */
  readonly sent: readonly string[];
  /** Undefined where the state could not be read: that is unknown, not in service. */
  readonly state: DestinationStateItem | undefined;
  readonly holds: readonly HeldTableItem[];
  /** Undefined where no process wrote about it, or what they wrote could not be read. */
  readonly figures: DestinationFigures | undefined;
  /** YAML, with secrets hidden. */
  readonly settings: string;
}

/** The processes whose figures are shown. */
export interface ProcessesItem {
  /** Whether one is alive that reads rows. */
  readonly isAnyAlive: boolean;
  /** Those that have not written in time: their figures are old. Undefined where there are none. */
  readonly silent: SilentProcesses | undefined;
  /** When the newest of those that read rows wrote; undefined if there is none. */
  readonly newest: number | undefined;
}

export interface DestinationsView {
  readonly at: number;
  readonly destinations: readonly DestinationItem[];
  /** Undefined where it could not be read. */
  readonly processes: ProcessesItem | undefined;
  /** Why excerpts of replies are left out; undefined where they are shown. */
  readonly excerptsHidden: string | undefined;
  /** The names of the sources, where there are several: a replay is of one. */
  readonly sources: readonly string[];
  /** What could not be read, one sentence each. */
  readonly trouble: readonly string[];
}

/** Bytes that wait for a destination, by table. */
export interface LagItem {
  readonly destination: string;
  readonly table: string;
  readonly source?: string;
  readonly blobs: number;
  readonly bytes: number;
  readonly ageMs: number;
}

export interface LagView {
  readonly at: number;
  /** How far back blobs were listed. Milliseconds. */
  readonly sinceMs: number;
  readonly lag: readonly LagItem[];
  /** Replays that are still running. */
  readonly replays: readonly LagItem[];
  /** Whether what is missing here is unknown, and why, one sentence each. */
  readonly isPartial: boolean;
  readonly trouble: readonly string[];
}

/** What a replay has queued, or would queue. */
export interface ReplayTotals {
  readonly listed: number;
  readonly queued: number;
  readonly bytes: number;
  readonly underWay: number;
  readonly busy: number;
  readonly held: number;
  readonly unreadable: number;
  readonly passedOver: readonly string[];
}

/** The answer of `destinations/replay-count`. */
export interface ReplayCount {
  readonly totals: ReplayTotals;
  /** False where the time was up before all was counted: then it is at least so much. */
  readonly isWhole: boolean;
}

/** The answer of `destinations/replay`. */
export interface ReplayProgress {
  readonly totals: ReplayTotals;
  /** False: the same request goes on. */
  readonly isDone: boolean;
  /** How many tasks the queue holds, where the replay waits for the consumers. */
  readonly waitsFor: number | undefined;
}

/** The answer of `destinations/test`. */
export interface TestResult {
  readonly destination: string;
  readonly accepted: boolean;
  readonly milliseconds: number;
  readonly code?: string;
  readonly message?: string;
  readonly fix?: string;
}

/** The answer of acts that say in a sentence what they did. */
export interface Done {
  readonly said: string;
}

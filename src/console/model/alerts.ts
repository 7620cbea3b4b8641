/** The JSON of the page Alerts. What comes from rows is here only where `console.rows` allows it; an attacker may have written it. */
import type { Level } from './level.ts';

/** Times are ms since the epoch, unless they are texts. */
export interface AlertsPage {
  readonly at: number;
  /** Destinations whose alerts are grouped: those for people, and machines with `group_alerts`. */
  readonly destinations: readonly AlertDestination[];
  /** Those that changed last in front. */
  readonly groups: readonly AlertGroup[];
  /** Rules with groups: how many were looked at for this page, and how many there are. */
  readonly looked: { readonly from: number; readonly to: number; readonly of: number };
  /** The `after` of the next page; absent on the last one. */
  readonly next?: number;
  /** Documents of groups that could not be read. */
  readonly unreadable: number;
  /** What else cannot be read, one sentence each. */
  readonly troubles: readonly string[];
}

export interface AlertDestination {
  readonly name: string;
  readonly type: string;
  readonly audience: 'people' | 'machines';
  /** Alerts that it was not told of; undefined where it never had one. */
  readonly pending?: number;
  readonly groups?: number;
  readonly overdueSeconds?: number;
  /** Why it takes no messages. */
  readonly pause?: { readonly code: string; readonly message: string; readonly since: number };
}

export interface AlertGroup {
  /** Unique on the page. */
  readonly key: string;
  readonly destination: string;
  readonly groupId: string;
  readonly title: string;
  readonly rule?: { readonly title: string; readonly id?: string };
  readonly severity?: Level;
  /** `rule`: the rule opened too many groups, and this one stands for all further alerts of it. */
  readonly scope: 'group' | 'rule';
  readonly count: number;
  /** How many of them the last message knew. */
  readonly said: number;
  readonly saidOn?: number;
  /** `waiting`: nothing was said yet; `news`: what joined since is not said; `told`; `over`: told, and nothing joins any more. */
  readonly state: 'waiting' | 'news' | 'told' | 'over';
  /** Messages that failed, and when the next try is due. */
  readonly trouble?: { readonly failures: number; readonly next: number };
  readonly opened: number;
  /** Until then alerts join it. */
  readonly until: number;
  /** As the rows have them: ISO 8601 mostly. */
  readonly firstTime: string;
  readonly lastTime: string;
  readonly tables: readonly string[];
  /** The silence in force that keeps further alerts like its first one from people. */
  readonly silencedBy?: string;
  /** Other rules that matched the same event, at most 10. */
  readonly others: readonly { readonly title: string; readonly severity?: Level }[];
  readonly tags: readonly Linked[];
  /** Absent where rows are not shown. */
  readonly rows?: AlertRows;
}

/** A label of ours or of a rule, with an https address where it has one. */
export interface Linked {
  readonly label: string;
  readonly url?: string;
}

/** What comes from the rows of a group. */
export interface AlertRows {
  /** Columns and values by which the rule matched, at most 20. */
  readonly matched: readonly ColumnText[];
  /** What its alerts are grouped by. */
  readonly groupedBy: readonly ColumnText[];
  readonly entities: readonly EntityLine[];
  /** Pages of Defender's portal. */
  readonly pages: readonly { readonly label: string; readonly url: string }[];
  /** Conditions with which its alerts can be silenced: hosts and users. */
  readonly conditions: readonly ColumnText[];
  /** A file of `exceptions/` that keeps such rows from raising the rule's alerts. */
  readonly exception?: string;
  /** Why there is no exception: a sentence. */
  readonly noException?: string;
}

export interface ColumnText {
  readonly column: string;
  readonly value: string;
}

export interface EntityLine {
  /** `host`, `user`, ... */
  readonly kind: string;
  readonly names: readonly string[];
  readonly more: number;
}

export interface SilencesPage {
  readonly at: number;
  /** Those that began last in front. */
  readonly active: readonly SilenceLine[];
  /** Those that ended last in front, at most 50. */
  readonly ended: readonly EndedSilenceLine[];
  /** What cannot be read, one sentence each: silences that it holds are missing here. */
  readonly troubles: readonly string[];
}

export interface SilenceLine {
  readonly id: string;
  readonly rule?: string;
  /** Values are `(hidden)` where rows are not shown, and `(masked)` for masked columns. */
  readonly where: readonly ColumnText[];
  readonly from: number;
  readonly until: number;
  readonly by: string;
  readonly reason: string;
  /** Alerts that it kept from people. */
  readonly silenced: number;
}

export interface EndedSilenceLine extends SilenceLine {
  readonly endedOn: number;
  /** Absent: it expired. */
  readonly endedBy?: string;
  readonly endReason?: string;
}

/** The body of `alerts/silence`. */
export interface SilenceBody {
  readonly rule?: string;
  readonly where: readonly ColumnText[];
  /** At most 30 days. */
  readonly minutes: number;
  readonly reason: string;
}

/** The body of `alerts/end-silence`. */
export interface EndSilenceBody {
  readonly id: string;
  readonly reason?: string;
}

/** The types of a soak's log: everything that was written, that arrived, and that was done to the relay. */
import { type Place, placeOf } from '../../lab/oracle/place.ts';
import type { GroupCount } from '../../lab/oracle/told-alerts.ts';

/** Identifies a row even if its blob was overwritten: its place and its event id. */
export type RowKey = string;

export function rowKey(blob: string, offset: number, id: string | undefined): RowKey {
  return `${placeOf(blob, offset)} ${id ?? ''}`;
}

/** A row as it was written into its blob. */
export interface WrittenRow {
  /** `container/name`. */
  readonly blob: string;
  /** The offset of the first byte in the decompressed content; `end` is the offset after the line end. Ascending within a blob. */
  readonly offset: number;
  readonly end: number;
  /** The event id; undefined for an unreadable row. */
  readonly id: string | undefined;
  /** The destinations that must receive the row; empty if a filter drops it or it is unreadable. */
  readonly to: readonly string[];
  /** The destination that always fails the row. */
  readonly poison?: { readonly by: string } | undefined;
  /** When the row with its line end was completely in the storage; undefined if never. A row without a line end waits for its hour to end. */
  readonly at?: number | undefined;
  /** How often its blob had been overwritten when it was written. */
  readonly generation?: number | undefined;
}

/** A blob was overwritten with other rows, so rows of the generation before that had not arrived are gone. */
export interface Overwrite {
  readonly blob: string;
  /** The new generation. */
  readonly generation: number;
  readonly at: number;
}

/** A row that arrived. All times in the log are milliseconds of the soak's monotonic clock. */
export interface Arrival {
  readonly at: number;
  readonly destination: string;
  readonly blob: string;
  readonly offset: number;
  readonly id: string;
}

/** A message to people that arrived. */
export interface Message {
  readonly at: number;
  readonly destination: string;
  /** The groups of alerts that it names; empty for a message about the relay itself. */
  readonly groups: readonly GroupCount[];
  /** Whether it tells of no alert: it is about the relay itself, or ends an alert of PagerDuty. */
  readonly operational: boolean;
}

/** Something that a destination did to a request with rows. */
export interface RequestTrouble {
  readonly at: number;
  readonly destination: string;
  /**
   * `reply_lost`: the rows were accepted, but the relay got no response, or got it too late. `rows_refused`: a row was refused for good.
   * `unacknowledged`: a request for acknowledgements failed.
   */
  readonly kind: 'reply_lost' | 'rows_refused' | 'unacknowledged';
  readonly rows: readonly Place[];
}

/** A request that the destination did not accept, for whatever reason, or accepted without a response in time. */
export interface RequestFailure {
  readonly at: number;
  readonly destination: string;
  readonly rows: readonly RowKey[];
}

/**
 * A planned disturbance during which no row can arrive, and what it affects; an absent member means everything. A back-off may be in effect
 * after it, which has at most doubled, so its effect lasts up to as long again, but at most {@link Limits.longestBackoffMs} longer.
 */
export interface Disturbance {
  readonly kind:
    | 'outage'
    | 'table_refused'
    | 'blob_archived'
    | 'container_unlistable'
    | 'storage_restarted'
    | 'brown_out'
    | 'hour_off';
  readonly from: number;
  readonly to: number;
  readonly destination?: string;
  readonly container?: string;
  readonly blob?: string;
}

export interface Letter {
  /** Whether the row is still retried, so that the letter is not final. */
  readonly isolating?: boolean;
  /** Undefined if the row could not be read. */
  readonly destination: string | undefined;
  readonly reason: string;
  readonly blob: string;
  readonly offset: number;
  readonly length: number;
  readonly id: string | undefined;
  /** The group of alerts whose message was refused; its first alert is of the row. */
  readonly group?: GroupCount;
}

/** Something done to the relay or its storage that may make rows arrive again, with its time. */
export interface Injury {
  readonly kind: 'killed' | 'suspended' | 'storage_restarted' | 'claim_broken' | 'state_write_failed';
  readonly from: number;
  readonly to: number;
  /** The affected blob; undefined if any may be affected. */
  readonly blob?: string;
}

export interface ConsumerRecord {
  readonly name: string;
  readonly peakBytes: number;
  /** How often the process ended by itself after a good start. */
  readonly crashes: number;
  /** The exit codes of clean ends, each of which should be 0. */
  readonly exitCodes: readonly (number | null)[];
}

/** A blob at the end, and its checkpoint. */
export interface BlobEnd {
  readonly blob: string;
  readonly length: number;
  readonly checkpoint:
    | {
        readonly length: number;
        readonly closed: boolean;
        /** The logical end, where a reader got there. */
        readonly end: number | undefined;
        readonly offsets: Readonly<Record<string, number>>;
        /** The destinations whose cursors are still behind. */
        readonly behind: readonly string[];
      }
    | undefined;
}

export interface EndState {
  readonly queued: number;
  /** Reasons in the poison queue. */
  readonly poison: readonly string[];
  readonly claimsHeld: readonly string[];
  readonly blobs: readonly BlobEnd[];
  /** The groups of alerts in the state, of all destinations for people. */
  readonly groups: readonly (GroupCount & { readonly destination: string })[];
  readonly consumers: readonly ConsumerRecord[];
  /** The error lines of the consumers' logs that no injected fault explains. */
  readonly errors: readonly string[];
}

/** Everything by which the oracle judges. */
export interface SoakLog {
  readonly destinations: readonly string[];
  /** Those of the destinations whose messages stand for groups of alerts. */
  readonly people: readonly string[];
  readonly rows: readonly WrittenRow[];
  /** In the order they came. */
  readonly arrivals: readonly Arrival[];
  /** In the order they came. */
  readonly messages: readonly Message[];
  readonly troubles: readonly RequestTrouble[];
  readonly failures: readonly RequestFailure[];
  readonly letters: readonly Letter[];
  readonly injuries: readonly Injury[];
  readonly disturbances: readonly Disturbance[];
  readonly overwrites: readonly Overwrite[];
  /** Blobs that stay unreadable to the end, so that the relay need not deliver their rows. */
  readonly archived: readonly string[];
  readonly end: EndState;
  readonly limits: Limits;
}

export interface Limits {
  /** The limit of a consumer's resident memory. */
  readonly peakBytes: number;
  /** The time within which a row that is not poisoned must arrive, without the time of planned disturbances. Milliseconds. */
  readonly liveWithinMs: number;
  /** The longest pause of a back-off that can occur in a soak. Milliseconds. */
  readonly longestBackoffMs: number;
}

/** What the soak's oracle judges by: everything that was written, that came, and that was done to the relay. */
import { type Place, placeOf } from '../../lab/oracle/place.ts';

/** Names a row even where its blob was overwritten: the place, and the event id. */
export type RowKey = string;

export function rowKey(blob: string, offset: number, id: string | undefined): RowKey {
  return `${placeOf(blob, offset)} ${id ?? ''}`;
}

/** A row as it was written into its blob. */
export interface WrittenRow {
  /** `container/name`. */
  readonly blob: string;
  /** Of its first byte and behind its line end, in the decompressed content. Ascending within a blob. */
  readonly offset: number;
  readonly end: number;
  /** The event id; undefined for a row that nobody can read. */
  readonly id: string | undefined;
  /** Where it has to go; empty where a filter holds it back or nobody can read it. */
  readonly to: readonly string[];
  /** Which destination always fails it. */
  readonly poison?: { readonly by: string } | undefined;
  /** When the whole row with its line end lay in the storage; undefined: never. A row without a line end waits for its hour to end. */
  readonly at?: number | undefined;
  /** How often its blob had been overwritten when it was written. */
  readonly generation?: number | undefined;
}

/** A blob was overwritten with other rows: those of the generation before it that had not arrived are gone. */
export interface Overwrite {
  readonly blob: string;
  /** The one that begins. */
  readonly generation: number;
  readonly at: number;
}

/** All times in the log: milliseconds of the soak's own monotonic clock. */
export interface Arrival {
  readonly at: number;
  readonly destination: string;
  readonly blob: string;
  readonly offset: number;
  readonly id: string;
}

/** Something a destination did to a request with rows in it. */
export interface RequestTrouble {
  readonly at: number;
  readonly destination: string;
  /**
   * `reply_lost`: the rows were taken, and the relay was not told so, or too late. `rows_refused`: some row of it was
   * refused for good. `unacknowledged`: a question about an acknowledgement went wrong. `batch_broken`: one of several
   * requests that make up a batch failed.
   */
  readonly kind: 'reply_lost' | 'rows_refused' | 'unacknowledged' | 'batch_broken';
  readonly rows: readonly Place[];
}

/** A request that the destination did not take, for whatever reason, or took without its sender learning so in time. */
export interface RequestFailure {
  readonly at: number;
  readonly destination: string;
  readonly rows: readonly RowKey[];
}

/**
 * Known trouble that no row can arrive through, and whom it concerns: what is left out concerns all. After it a backoff may be
 * on, which has at most doubled: so its effect lasts up to as long again, but for at most {@link Limits.longestBackoffMs}.
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
  /** It is still tried again: not final. */
  readonly isolating?: boolean;
  /** Undefined: the row could not be read at all. */
  readonly destination: string | undefined;
  readonly reason: string;
  readonly blob: string;
  readonly offset: number;
  readonly length: number;
  readonly id: string | undefined;
}

/** What was done to the relay or its storage, from when to when. Only what may make rows come again. */
export interface Injury {
  readonly kind: 'killed' | 'suspended' | 'storage_restarted' | 'claim_broken' | 'state_write_failed';
  readonly from: number;
  readonly to: number;
  /** Only this blob was hurt; undefined: any. */
  readonly blob?: string;
}

export interface ConsumerRecord {
  readonly name: string;
  readonly peakBytes: number;
  /** Ended by itself, though it had started well. */
  readonly crashes: number;
  /** Exit codes of its clean ends: each should be 0. */
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
        /** Destinations that still read on their own. */
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
  readonly consumers: readonly ConsumerRecord[];
  /** Error lines of the consumers' logs that no injected fault explains. */
  readonly errors: readonly string[];
}

/** Everything the oracle looks at. */
export interface SoakLog {
  readonly destinations: readonly string[];
  readonly rows: readonly WrittenRow[];
  /** In the order they came. */
  readonly arrivals: readonly Arrival[];
  readonly troubles: readonly RequestTrouble[];
  readonly failures: readonly RequestFailure[];
  readonly letters: readonly Letter[];
  readonly injuries: readonly Injury[];
  readonly disturbances: readonly Disturbance[];
  readonly overwrites: readonly Overwrite[];
  /** Blobs whose content nobody can read, now and to the end: their rows are nobody's fault. */
  readonly archived: readonly string[];
  readonly end: EndState;
  readonly limits: Limits;
}

export interface Limits {
  /** A consumer's memory, resident. */
  readonly peakBytes: number;
  /** A row that nobody poisoned arrives within this of being written, trouble known to the plan left out. Milliseconds. */
  readonly liveWithinMs: number;
  /** The longest pause of a backoff, as far as a soak can see one. Milliseconds. */
  readonly longestBackoffMs: number;
}

/** What the relay did in the last hours, put together from what each of its processes wrote about itself. */

/** Counts in buckets of equal length, the oldest first; the last bucket is still being filled. */
export interface Series {
  /** The length of a bucket, in milliseconds. */
  readonly step: number;
  /** The start of the first bucket, ms since the epoch: a multiple of `step`. */
  readonly from: number;
  readonly counts: readonly number[];
}

/** One process of the relay, or one isolate of a Worker. */
export interface ProcessActivity {
  /** Unique for each start. */
  readonly id: string;
  /** The machine, the container or `worker`, for people. */
  readonly host: string;
  readonly version: string;
  /** The version of the rule set in force; undefined before the first one. */
  readonly rules: string | undefined;
  /** Times in ms since the epoch. */
  readonly startedOn: number;
  readonly writtenOn: number;
  /**
   * `alive`: it wrote in time. `stale`: it has not written for three intervals, so it was killed, hangs, or cannot reach its state; its
   * figures are those of `writtenOn`. `ended`: it said that it ends.
   */
  readonly state: 'alive' | 'stale' | 'ended';
  /** Resident memory, in bytes; undefined on Workers. */
  readonly memoryBytes: number | undefined;
  /** Blobs that it follows or visits. */
  readonly blobs: number;
  readonly threads: number;
  /** Whether it reads rows. One that does not takes notifications, or serves the console, or both. */
  readonly consumes: boolean;
}

/** How a destination answered a request. */
export interface Reply {
  readonly at: number;
  readonly result: 'accepted' | 'refused' | 'failed';
  /** The HTTP status; undefined where there was no reply, or no HTTP. */
  readonly status: number | undefined;
  /** A code of the typed list of errors; undefined where it was accepted. */
  readonly code: string | undefined;
  /** The sentence of the error, and at most 300 characters of the reply, without secrets. May be text of an attacker. */
  readonly message: string | undefined;
  readonly excerpt: string | undefined;
  readonly rows: number;
  readonly ms: number;
}

export interface DestinationActivity {
  readonly name: string;
  /** Accepted rows (alerts included) by minute. */
  readonly delivered: Series;
  readonly deliveredBytes: Series;
  readonly batches: Series;
  /** Requests that failed, so that their rows are sent again, by minute. */
  readonly failed: Series;
  readonly deadLetters: Series;
  /** The age of the oldest row that it has not received, in seconds, as of the processes that are alive; 0 while nothing waits. */
  readonly oldestUndeliveredSeconds: number;
  /** The last replies, the newest first, at most 20. */
  readonly replies: readonly Reply[];
}

/** The spread of a time, in seconds; undefined where nothing was counted. */
export interface Spread {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
}

export interface TableActivity {
  /** As Advanced Hunting has it: `DeviceProcessEvents`. */
  readonly name: string;
  /** By hour, 24 hours. */
  readonly rows: Series;
  readonly bytes: Series;
  readonly filtered: Series;
  readonly alerts: Series;
  /** When a living or ended process first and last read a row of it, within the 24 hours. ms since the epoch. */
  readonly firstSeen: number | undefined;
  readonly lastSeen: number | undefined;
  /** From `Timestamp` to acceptance by any destination, of the newest row of each batch. */
  readonly latency: Spread;
  /** Estimated from a sample (`telemetry.columns`); empty where that is off. Bytes of the 24 hours, the most first, at most 100. */
  readonly columns: readonly { readonly name: string; readonly bytes: number }[];
  /** Of these bytes, those of columns that nothing reads. */
  readonly unreadBytes: number;
  /** Columns that the schema does not have: how many were seen. */
  readonly unknownColumns: number;
}

export interface RuleActivity {
  /** The rule's id, or its title if it has none: the label of `xdr_relay_rule_alerts_total`. */
  readonly rule: string;
  /** Rows that it matched, by hour, 24 hours. */
  readonly hits: Series;
}

/** The sum over all processes. What an ended or killed process wrote counts until it is 24 hours old. */
export interface Activity {
  readonly at: number;
  /** The living first, then the stale, then the ended; at most 100. */
  readonly processes: readonly ProcessActivity[];
  /** By minute, three hours. */
  readonly rows: Series;
  readonly bytes: Series;
  readonly filtered: Series;
  readonly alerts: Series;
  readonly destinations: readonly DestinationActivity[];
  readonly tables: readonly TableActivity[];
  readonly rules: readonly RuleActivity[];
  /** Documents that could not be read: their number, since what they say is unknown and not zero. */
  readonly unreadable: number;
  /** Documents that were not read since there are too many: those of the processes that started first. */
  readonly unread: number;
}

/** Buckets of a minute: three hours. */
export const MINUTES = 180;
/** Buckets of an hour: a day. */
export const HOURS = 24;

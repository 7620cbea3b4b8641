/** The report of `status`: what it is asked for, and what it says. */
import type { Hold } from '../../checkpoints/checkpoint.ts';
import type { BreakerRecord } from '../../delivery/breaker.ts';
import type { WaitingAlerts } from '../alerts/status.ts';
import type { Trouble } from '../operational/trouble.ts';
import type { FeedRecord } from '../rule-sets/feed-records.ts';
import type { RulesRecord } from '../rule-sets/records.ts';
import type { SourcePorts } from '../source/sources.ts';
import type { Loss } from '../visit/losses.ts';
import type { ConfigRefusal } from './config-records.ts';
import type { DeletedOn } from './retention.ts';
import type { HeldTable } from './service.ts';
import type { AtRisk } from './watch.ts';

export interface StatusOptions {
  /** The destinations of relay.yaml. */
  readonly destinations: readonly string[];
  /** How far back blobs are listed. Milliseconds. */
  readonly sinceMs: number;
  /** Events that wait longer than this are an alarm. Milliseconds. */
  readonly maxLagMs: number;
  /** `sweep.silent_after`. Milliseconds. */
  readonly silentAfterMs: number;
  /** Whether people are told of the relay's own troubles: `operational.to`. Otherwise what the state has of them is out of date. */
  readonly tellsTroubles: boolean;
  /** The lists that feeds of relay.yaml write. */
  readonly listFeeds?: readonly string[];
  /** When a source's blobs are deleted; undefined if that is unknown: then no blob older than `sinceMs` is listed. */
  readonly deletedOn?: (source: SourcePorts) => DeletedOn | undefined;
}

/** Bytes and blobs that wait. */
export interface LagLine {
  /** The source's name; absent for a single source, under `storage`. */
  readonly source?: string;
  /** The table as in the container's name, in lower case. */
  readonly table: string;
  readonly destination: string;
  readonly blobs: number;
  readonly bytes: number;
  /** The estimated age of the oldest waiting event. Milliseconds. */
  readonly ageMs: number;
}

/** A table that is silent. */
export interface SilentTable {
  readonly source?: string;
  /** The table as in the container's name, in lower case. */
  readonly table: string;
  /** The last write that is known, ms since the epoch. */
  readonly lastWrite: number;
  /** Whether no write was ever seen: the last one, if there was any, is older. */
  readonly unseen: boolean;
}

/** The numbers of dead letters by destination and reason. */
export interface LetterCounts {
  readonly groups: readonly {
    readonly destination: string | undefined;
    readonly reason: string;
    readonly count: number;
  }[];
  readonly total: number;
  /** Whether there are more letters than were counted. */
  readonly more: boolean;
}

/** A blob that cannot be read although the storage service works, for example because it is archived or being rehydrated. */
export interface HeldBlob extends Hold {
  /** `container/name`. */
  readonly blob: string;
}

/** A part of the report that may be incomplete. */
export type UnknownPart =
  | 'lag'
  | 'atRisk'
  | 'losses'
  | 'breakers'
  | 'alerts'
  | 'troubles'
  | 'holds'
  | 'rules'
  | 'configs'
  | 'deadLetters'
  | 'isolating'
  | 'queue'
  | 'silent';

export interface StatusReport {
  /** When the report was made, ms since the epoch. */
  readonly at: number;
  readonly lag: readonly LagLine[];
  /** How far back blobs were listed. Milliseconds. */
  readonly sinceMs: number;
  /** The parts that could not be read, or not to their end: what they lack is unknown, not absent. */
  readonly unknown: readonly UnknownPart[];
  /** How many containers of Defender there are; undefined if no source's could be listed. */
  readonly containers: number | undefined;
  /** Replays that are still running. */
  readonly replays: readonly LagLine[];
  readonly breakers: readonly (BreakerRecord & { readonly destination: string })[];
  /** What waits to be told to people, by destination; those for which nothing waits and nothing is wrong are left out. */
  readonly alerts: readonly WaitingAlerts[];
  /** Troubles of the relay that people were told of, and not of their end. */
  readonly troubles: readonly Trouble[];
  /** Tables that are held because one destination always refuses them. */
  readonly holds: readonly HeldTable[];
  readonly deadLetters: LetterCounts;
  /** Rows that fail alone while their destination accepts others, and are retried. */
  readonly isolating: LetterCounts;
  /** Blobs that cannot be read at present, up to a limit. */
  readonly heldBlobs: readonly HeldBlob[];
  /** For each table, the undelivered blob that the account will delete first. The soonest deletion comes first. */
  readonly atRisk: readonly (AtRisk & { readonly source?: string; readonly table: string })[];
  /** Blobs that were gone before they were delivered: their number, and some of them. */
  readonly losses: {
    readonly total: number;
    readonly losses: readonly (Loss & { readonly source?: string })[];
  };
  /** Tables whose container exists, but was not written for too long: see `sweep.silent_after`. */
  readonly silent: readonly SilentTable[];
  /** The recent records of which host runs which rules. */
  readonly rules: readonly RulesRecord[];
  /** How the pulls of list feeds went last, by list. */
  readonly feeds: readonly (FeedRecord & { readonly list: string })[];
  /** The hosts that refused a changed relay.yaml and keep the one from before. */
  readonly configs: readonly ConfigRefusal[];
  readonly queue: { readonly ready: number; readonly poison: number } | undefined;
  /** The blobs that consumers are visiting now. */
  readonly claims: readonly string[];
  /** What needs attention, one sentence each. What could not be read is in `trouble`. */
  readonly alarms: readonly string[];
  /** Why parts of the report are unknown, one sentence each. */
  readonly trouble: readonly string[];
}

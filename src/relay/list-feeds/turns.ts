/** Who may pull a feed now, and how its last pull went: of lists that all consumers share, or of a folder that is this process's own. */
import { underClaim } from '../../checkpoints/claim-keeper.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import type { Clock } from '../../shared/clock.ts';
import { type FeedRecord, feedRecords, type PullOutcome, recordPulls } from '../rule-sets/feed-records.ts';

/** When a feed was pulled last (ms since the epoch), and how many pulls have failed since one that did not. */
export type LastPull = Pick<FeedRecord, 'at' | 'failures'>;

export interface PullTurns {
  /** The last pulls, by list. Throws CheckpointError. */
  last(lists: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, LastPull>>;
  /** Does the work unless another consumer that writes the same list does such work now. The work is given a signal that is aborted when another may take over. Throws CheckpointError. */
  alone(list: string, work: (lost: AbortSignal | undefined) => Promise<void>): Promise<void>;
  /** Records a pull. Throws CheckpointError. @param configured the names of all feeds. */
  record(outcome: PullOutcome, configured: readonly string[]): Promise<void>;
}

export interface SharedTurnsDeps {
  /** The name of the account that the state lies in. */
  readonly account: string;
  readonly documents: StateDocuments;
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
}

/** Turns for lists in a container: one consumer at a time pulls a feed, for all of them. */
export function sharedTurns({ account, documents, checkpoints, clock }: SharedTurnsDeps): PullTurns {
  return {
    last: (_, signal) => feedRecords(documents, signal),
    async alone(list, work) {
      const ref = { account, container: 'list-feeds', name: list };
      await underClaim({ checkpoints, clock }, ref, undefined, (keeper) => work(keeper.signal));
    },
    record: (outcome, configured) => recordPulls(documents, [outcome], { configured, now: clock.now() }),
  };
}

export interface FolderTurnsDeps extends Pick<SharedTurnsDeps, 'documents' | 'clock'> {
  /** When the file of a list was written, ms since the epoch; undefined if there is none. Each pull that does not fail writes it. */
  readonly written: (list: string) => Promise<number | undefined>;
}

/** Turns for lists in a folder: each process pulls for itself. What other processes record says nothing about this folder. */
export function folderTurns({ documents, clock, written }: FolderTurnsDeps): PullTurns {
  const own = new Map<string, LastPull>();
  return {
    async last(lists) {
      const found = new Map<string, LastPull>();
      for (const list of lists) {
        const at = await written(list);
        const tried = own.get(list);
        if (tried && (at === undefined || tried.at >= at)) found.set(list, tried);
        else if (at !== undefined) found.set(list, { at, failures: 0 });
      }
      return found;
    },
    alone: (_, work) => work(undefined),
    async record(outcome, configured) {
      const { list, failure } = outcome;
      const now = clock.now();
      const failures = failure === undefined ? 0 : (own.get(list)?.failures ?? 0) + 1;
      own.set(list, { at: now, failures });
      await recordPulls(documents, [outcome], { configured, now });
    },
  };
}

/** What the visits to the blobs of one source work with. */
import type { BlobStore } from '../../blobs/port.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import type { DeadLetterArchive } from '../../delivery/dead-letters.ts';
import type { ManagedDestination } from '../../delivery/managed-destination.ts';
import type { MemoryBudget } from '../../delivery/memory-budget.ts';
import type { RetryPolicy } from '../../delivery/retry-policy.ts';
import type { TaskQueue } from '../../queue/port.ts';
import type { RuleSet } from '../../rules/ruleset.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { Correlations } from '../correlation/correlations.ts';
import type { LagBook } from './lag.ts';
import type { SeenRows } from './seen-rows.ts';
import type { StartMark } from './start.ts';
import type { TenantFolders } from './tenant-folders.ts';

/** Milliseconds and bytes; from relay.yaml. */
export interface RelaySettings {
  /** How long after its hour, and how long without growth, before a blob counts as closed. */
  readonly latenessMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly rowBytes: number;
  readonly bufferBytes: number;
  readonly retry: RetryPolicy;
  /** How long a row that fails alone is tried again before it stays a dead letter. */
  readonly isolateAfterMs: number;
  /** While a visit goes on, offsets are written no more often than this. */
  readonly checkpointEveryMs: number;
  /** One visit reads no longer and no more than this, then gives way to other blobs. */
  readonly visitMs: number;
  readonly visitBytes: number;
}

/** What the relay works with; each host builds its own. */
export interface RelayDeps {
  /** The name of the source whose blobs these are; absent where there is only one, under `storage`. */
  readonly source?: string;
  readonly blobs: BlobStore;
  readonly checkpoints: CheckpointStore;
  readonly documents: StateDocuments;
  readonly deadLetters: DeadLetterArchive;
  readonly queue: TaskQueue;
  readonly destinations: ReadonlyMap<string, ManagedDestination>;
  /** The rule set in force; a visit keeps the one it began with. */
  readonly rules: () => RuleSet;
  readonly correlations: Correlations;
  readonly settings: RelaySettings;
  /** Blobs before it are read only on request (`backfill`): `start_at` at the first start. */
  readonly start?: StartMark | undefined;
  /** For all rows that wait in this process. */
  readonly memory: MemoryBudget;
  /** Requests that outlive the visit they began in: a host waits for them before it ends. */
  readonly stragglers: Set<Promise<void>>;
  readonly lag: LagBook;
  /** Whether a living process looks at the blob by its own timers; absent: tasks on the queue do. */
  readonly isFollowed?: (ref: BlobRef) => boolean;
  /** Rows this process has read, for tables with `dedupe`; undefined: repeats are sent. */
  readonly seen?: SeenRows;
  /** What this process remembers of the folders that the sweep lists in. */
  readonly tenants: TenantFolders;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How work is ended from outside. */
export interface Stopping {
  /** Finish the requests in flight, read no further. */
  readonly stop: AbortSignal;
  /** Drop everything now. */
  readonly abort: AbortSignal;
}

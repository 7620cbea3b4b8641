/** The settings and ports that visits to the blobs of one source use. */
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
import type { Tracer } from '../../shared/tracing.ts';
import type { CaptureBook } from '../capture/book.ts';
import type { Correlations } from '../correlation/correlations.ts';
import type { DeviceBook } from '../devices/device-book.ts';
import type { LagBook } from './lag.ts';
import type { RiskBook } from './risks.ts';
import type { SeenRows } from './seen-rows.ts';
import type { StartMark } from './start.ts';
import type { TableBook } from './tables.ts';
import type { TenantFolders } from './tenant-folders.ts';

/** Settings of relay.yaml, in milliseconds and bytes. */
export interface RelaySettings {
  /** A blob counts as closed so long after its hour, and after so long without growth. */
  readonly latenessMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly rowBytes: number;
  readonly bufferBytes: number;
  readonly retry: RetryPolicy;
  /** How long a row that fails alone is retried before it stays a dead letter. */
  readonly isolateAfterMs: number;
  /** The shortest time between two writes of offsets during a visit. */
  readonly checkpointEveryMs: number;
  /** How long, and below how many bytes, one visit reads before it ends in favour of other blobs. */
  readonly visitMs: number;
  readonly visitBytes: number;
  /** A table counts as silent after so long without a write, or after twice its longest gap. */
  readonly silentAfterMs: number;
  /** Which part of the rows has its columns measured, from 0 to 1; absent: none. */
  readonly columnSample?: number;
}

/**
 * The ports and state that visits use. Each host builds its own.
 *
 * `destinations`, `settings` and `start` of a source's deps may change while it runs. A visit gets a copy (`{ ...deps }`), and so keeps
 * what was in force when it began.
 */
export interface RelayDeps {
  /** The name of the source; absent for a single source, under `storage`. */
  readonly source?: string;
  readonly blobs: BlobStore;
  readonly checkpoints: CheckpointStore;
  readonly documents: StateDocuments;
  readonly deadLetters: DeadLetterArchive;
  readonly queue: TaskQueue;
  readonly destinations: ReadonlyMap<string, ManagedDestination>;
  /** Returns the rule set in force. A visit keeps the set with which it began. */
  readonly rules: () => RuleSet;
  readonly correlations: Correlations;
  readonly settings: RelaySettings;
  /** Where reading begins, from `start_at` at the first start. Earlier blobs are read only on request (`backfill`). */
  readonly start?: StartMark | undefined;
  /** The memory budget of all rows that wait in this process. */
  readonly memory: MemoryBudget;
  /** Requests that are still running after their visit has ended. A host waits for them before it ends. */
  readonly stragglers: Set<Promise<void>>;
  readonly lag: LagBook;
  readonly risks: RiskBook;
  readonly tables: TableBook;
  /** Whether a living process follows a blob by its own timers; absent if all blobs are visited by tasks on the queue. */
  readonly isFollowed?: (ref: BlobRef) => boolean;
  /** The rows that this process has read, for tables with `dedupe`; undefined if repeats are sent. */
  readonly seen?: SeenRows;
  /** The tenants' folders that this process has listed, for the sweep. */
  readonly tenants: TenantFolders;
  /** Told of each row that is read, for the list of devices. */
  readonly devices?: Pick<DeviceBook, 'observe'> | undefined;
  /** Keeps rows that a person asked for. Absent where nobody may. */
  readonly capture?: Pick<CaptureBook, 'wants' | 'take'> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/** The signals that end work from outside. */
export interface Stopping {
  /** Aborted to make work finish its requests in flight and read no further. */
  readonly stop: AbortSignal;
  /** Aborted to make work drop everything at once. */
  readonly abort: AbortSignal;
}

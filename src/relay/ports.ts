/** What a host supplies to the relay: storage, queue, and what every program needs. */
import type { BlobStore } from '../blobs/port.ts';
import type { StateDocuments } from '../checkpoints/documents.ts';
import type { CheckpointStore } from '../checkpoints/port.ts';
import type { DeadLetterArchive } from '../delivery/dead-letters.ts';
import type { TaskQueue } from '../queue/port.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { SourcePorts } from './source/sources.ts';

/** Where events, tasks and state are. */
export interface RelayPorts {
  /** The accounts that Defender writes to, each with its part of the state. Not empty. */
  readonly sources: readonly SourcePorts[];
  /** The account that holds the state, and `transforms_container`. */
  readonly stateBlobs: BlobStore;
  /** What all sources share. Its `ensure` creates the container of checkpoints and claims too, which is the same. */
  readonly documents: StateDocuments;
  /** For claims on what all sources share. */
  readonly sharedClaims: CheckpointStore;
  readonly deadLetters: DeadLetterArchive;
  readonly queue: TaskQueue;
}

/** The host's clock, log and metrics. */
export interface HostServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

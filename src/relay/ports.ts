/** The ports that a host supplies to the relay: storage, queue, clock, log, metrics. */
import type { BlobStore } from '../blobs/port.ts';
import type { StateDocuments } from '../checkpoints/documents.ts';
import type { CheckpointStore } from '../checkpoints/port.ts';
import type { StateVersion } from '../checkpoints/state-version.ts';
import type { DeadLetterArchive } from '../delivery/dead-letters.ts';
import type { TaskQueue } from '../queue/port.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { Tracer } from '../shared/tracing.ts';
import type { SourcePorts } from './source/sources.ts';

/** The ports to events, tasks and state. */
export interface RelayPorts {
  /** The accounts that Defender writes to, each with its part of the state. Never empty. */
  readonly sources: readonly SourcePorts[];
  /** The account that holds the state, and `transforms_container`. */
  readonly stateBlobs: BlobStore;
  /** The documents that all sources share. Its `ensure` also creates the container for checkpoints and claims, which is the same. */
  readonly documents: StateDocuments;
  /** The store for claims on what all sources share. */
  readonly sharedClaims: CheckpointStore;
  readonly deadLetters: DeadLetterArchive;
  /** The version of the state, which guards all of its ports. */
  readonly stateVersion: StateVersion;
  readonly queue: TaskQueue;
}

/** The host's clock, log and metrics. */
export interface HostServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

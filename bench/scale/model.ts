/** What the simulation of many consumers is given, and what it finds. */
import type { Operations } from '../../src/shared/storage-operations.ts';

/** Processor time, in seconds, and waiting time. Measured by `npm run bench`; docs/performance.md has the figures. */
export interface Costs {
  /** Of a consumer for a row. */
  readonly row: number;
  /** Of a consumer for a look that finds a blob grown, beside its rows. */
  readonly visit: number;
  /** Of a consumer for a look that finds nothing. */
  readonly look: number;
  /** Of the storage for a row, and for an operation; 0 in the cloud, where the storage has processors of its own. */
  readonly storageRow: number;
  readonly storageOperation: number;
  /** Of the receiver for a row; 0 where it runs elsewhere. */
  readonly receiverRow: number;
  /** How long the storage and the destination take to answer. Seconds. */
  readonly storageLatency: number;
  readonly destinationLatency: number;
}

export interface Workload {
  readonly blobs: number;
  /** Bytes of a row. */
  readonly rowBytes: number;
  /** Rows a second that are appended to each blob. */
  readonly rowsPerSecond: number;
  /** Rows that each blob has at the beginning. */
  readonly backlog: number;
}

export interface Settings {
  readonly consumers: number;
  /** `limits.blobs`: blobs read at once by one consumer. */
  readonly blobsAtOnce: number;
  /** `limits.follow`: blobs that one consumer follows. */
  readonly follow: number;
  /** `tail.poll_min`: delay before the next look at a growing blob. Seconds. */
  readonly pollMin: number;
  /** `delivery.checkpoint_every`. Seconds. */
  readonly checkpointEvery: number;
  /** Cores of each consumer's machine; undefined: all processes, storage and receiver too, share one machine of `sharedCores`. */
  readonly sharedCores?: number;
}

export interface Result {
  /** Simulated time. Seconds. */
  readonly seconds: number;
  readonly delivered: number;
  readonly offered: number;
  /** When the last row of the backlog was delivered; undefined where it was not. Seconds. */
  readonly drainedAt: number | undefined;
  /** Age of rows at delivery, the middle and the slowest hundredth. Seconds. */
  readonly p50: number;
  readonly p99: number;
  readonly operations: Operations;
  /** The part of a core that the busiest consumer used. */
  readonly busiest: number;
  /** The part of the places for blobs (`limits.blobs`) that were taken, over all consumers and the whole time. */
  readonly places: number;
  /** Blobs that no consumer follows, since all follow as many as they may: their tasks stay on the queue. */
  readonly unfollowed: number;
}

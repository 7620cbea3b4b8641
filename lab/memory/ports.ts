/** The relay's ports in memory, with one source, one queue and one state. */

import type { CheckpointStore } from '../../src/checkpoints/port.ts';
import { sourceAccount } from '../../src/event-grid/source.ts';
import type { TaskQueue } from '../../src/queue/port.ts';
import type { RelayPorts } from '../../src/relay/ports.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';
import { createMemoryBlobStore, type MemoryBlobStore } from './blob-store.ts';
import { createMemoryCheckpointStore } from './checkpoint-store.ts';
import { createMemoryDeadLetters } from './dead-letters.ts';
import { MemoryQueue } from './queue.ts';
import { createMemoryStateDocuments } from './state-documents.ts';

/** {@link RelayPorts} that expose the concrete adapters of the only source. */
export interface MemoryPorts<Q extends TaskQueue = MemoryQueue> extends RelayPorts {
  readonly blobs: MemoryBlobStore;
  readonly checkpoints: CheckpointStore;
  readonly queue: Q;
}

export function memoryPorts(clock?: Clock): MemoryPorts;
/** @param queue instead of a {@link MemoryQueue}. */
export function memoryPorts<Q extends TaskQueue>(clock: Clock, queue: Q): MemoryPorts<Q>;
export function memoryPorts(clock: Clock = systemClock, queue?: TaskQueue): MemoryPorts<TaskQueue> {
  const blobs = createMemoryBlobStore({ clock });
  const checkpoints = createMemoryCheckpointStore({ clock, leaseSeconds: 30 });
  const documents = createMemoryStateDocuments();
  const account = sourceAccount({ account: blobs.account, containerPrefix: 'insights-logs-' });
  return {
    sources: [{ name: undefined, account, blobs, checkpoints, documents }],
    stateBlobs: blobs,
    blobs,
    checkpoints,
    documents,
    sharedClaims: checkpoints,
    deadLetters: createMemoryDeadLetters({ clock }),
    stateVersion: { mayRead: async () => {}, mayWrite: async () => {}, mark: async () => {} },
    queue: queue ?? new MemoryQueue('tasks', clock),
  };
}

/** Stores checkpoints and claims as small blobs of the state container. */
import { BlobLeaseClient, type BlobServiceClient, type BlockBlobClient } from '@azure/storage-blob';
import { blobClientOf } from '../azure/blob-client.ts';
import { storageFailure } from '../azure/failure.ts';
import { blobItemsOf } from '../azure/pages.ts';
import {
  deleteSmallBlob,
  ensureContainer,
  readSmallBlob,
  smallBlobMetadata,
  writeSmallBlob,
} from '../azure/small-blob.ts';
import { type BlobRef, blobPath } from '../shared/blob-ref.ts';
import type { CursorRef } from '../shared/cursor-ref.ts';
import { attempt, conflict, unavailable } from './attempt.ts';
import { type LeaseTimes, takeClaim } from './claims-azure.ts';
import { decodeCheckpoint, encodeCheckpoint, MAX_CHECKPOINT_BYTES } from './encoding.ts';
import { CheckpointError } from './errors.ts';
import { checkpointFolder, checkpointName, claimFolder, claimName, type Scope } from './naming.ts';
import type { CheckpointStore } from './port.ts';
import { type CheckpointSummary, fromMetadata, summaryOf, toMetadata } from './summary.ts';

export interface AzureCheckpointStoreOptions {
  /** The source of the blobs, if its keys contain it. */
  readonly scope?: Scope;
  /** The duration of a claim in seconds: 15 to 60, the service's range for leases. Default 60. */
  readonly leaseSeconds?: number;
  /** The time limit of one request, retries included. Milliseconds, default 20,000: a claim can be renewed twice in that time. */
  readonly timeoutMs?: number;
}

/** The state container, and the source whose keys are used. */
interface State extends LeaseTimes {
  readonly service: BlobServiceClient;
  readonly container: string;
  readonly scope: Scope | undefined;
}

/** Makes a store for the checkpoints and claims of one source. */
export function createAzureCheckpointStore(
  service: BlobServiceClient,
  container: string,
  options: AzureCheckpointStoreOptions = {},
): CheckpointStore {
  const { scope, leaseSeconds = 60, timeoutMs = 20_000 } = options;
  const state: State = { service, container, scope, leaseSeconds, timeoutMs };
  return {
    async ensure() {
      await attempt(`create the container ${container}`, () =>
        ensureContainer(service, container, timeoutMs),
      );
    },

    async load(ref, signal) {
      const name = checkpointName(ref, scope);
      const blob = await attempt(
        `load ${name}`,
        () => readSmallBlob(clientOf(state, name), MAX_CHECKPOINT_BYTES, timeoutMs, signal),
        signal,
      );
      return blob && { checkpoint: decodeCheckpoint(blob.content, name), etag: blob.etag };
    },

    async look(ref, signal) {
      const name = checkpointName(ref, scope);
      const metadata = await attempt(
        `look at ${name}`,
        () => smallBlobMetadata(clientOf(state, name), timeoutMs, signal),
        signal,
      );
      return fromMetadata(checkpointFolder(ref.container, scope), name, metadata);
    },

    async save(ref, checkpoint, etag) {
      const name = checkpointName(ref, scope);
      const content = encodeCheckpoint(checkpoint);
      const metadata = toMetadata(ref.container, summaryOf(ref.name, checkpoint), scope);
      const written = await attempt(`save ${name}`, () =>
        writeSmallBlob(clientOf(state, name), content, { metadata, etag, timeoutMs }),
      );
      if (written !== undefined) return written;
      throw conflict(name);
    },

    async claim(ref, cursor) {
      const client = clientOf(state, claimName(ref, cursor, scope));
      const lease = new BlobLeaseClient(client, crypto.randomUUID());
      const what = cursor ? `${blobPath(ref)} for ${reader(cursor)}` : blobPath(ref);
      return attempt(`claim ${what}`, () => takeClaim(client, lease, what, state));
    },

    async remove(ref, etag) {
      const name = checkpointName(ref, scope);
      await attempt(`remove ${name}`, async () => {
        if ((await deleteSmallBlob(clientOf(state, name), etag, timeoutMs)) === 'changed') {
          throw conflict(name);
        }
        await removeClaims(state, ref);
      });
    },

    list: (source, prefix, signal) => listCheckpoints(state, source, prefix, signal),
    listClaims: (source, prefix, signal) => listClaims(state, source, prefix, signal),
  };
}

function reader({ destination, replay }: CursorRef): string {
  return replay ? `a replay to ${destination}` : destination;
}

function clientOf({ service, container }: State, name: string): BlockBlobClient {
  const client = blobClientOf(service, container, name);
  if (client) return client;
  throw new CheckpointError('storage_unavailable', `The container ${container} cannot hold ${name}`);
}

/** Removes the claims on a blob, including claims on its cursors. A claim that is held stays, because its holder is working. */
async function removeClaims(state: State, ref: BlobRef): Promise<void> {
  const prefix = claimName(ref, undefined, state.scope);
  const container = state.service.getContainerClient(state.container);
  for await (const { name } of blobItemsOf(container, { prefix })) {
    if (name !== prefix && !name.startsWith(`${prefix}@`)) continue;
    try {
      await deleteSmallBlob(clientOf(state, name), undefined, state.timeoutMs);
    } catch (thrown) {
      if (storageFailure(thrown).status !== 412) throw thrown;
    }
  }
}

async function* listCheckpoints(
  { service, container, scope }: State,
  source: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<CheckpointSummary> {
  const folder = checkpointFolder(source, scope);
  const listing = { prefix: folder + prefix, includeMetadata: true };
  try {
    for await (const item of blobItemsOf(service.getContainerClient(container), listing, signal)) {
      const summary = fromMetadata(folder, item.name, item.metadata);
      if (summary) yield summary;
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    throw unavailable(`list the checkpoints of ${source}`, thrown);
  }
}

async function* listClaims(
  { service, container, scope }: State,
  source: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const folder = claimFolder(source, scope);
  const listing = { prefix: folder + prefix };
  try {
    for await (const item of blobItemsOf(service.getContainerClient(container), listing, signal)) {
      if (item.properties.leaseState === 'leased') yield item.name.slice(folder.length);
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    throw unavailable(`list the claims of ${source}`, thrown);
  }
}

import { BlobLeaseClient, type BlobServiceClient, type BlockBlobClient } from '@azure/storage-blob';
import { blobClientOf } from '../azure/blob-client.ts';
import { storageFailure } from '../azure/failure.ts';
import { pagesOf } from '../azure/pages.ts';
import { deleteSmallBlob, ensureContainer, readSmallBlob, writeSmallBlob } from '../azure/small-blob.ts';
import { type BlobRef, blobPath } from '../shared/blob-ref.ts';
import { withDeadline } from '../shared/deadline.ts';
import { attempt, conflict, unavailable } from './attempt.ts';
import { decodeCheckpoint, encodeCheckpoint, MAX_CHECKPOINT_BYTES } from './encoding.ts';
import { CheckpointError } from './errors.ts';
import { checkpointFolder, checkpointName, claimFolder, claimName, type Scope } from './naming.ts';
import type { CheckpointStore, Claim } from './port.ts';
import { type CheckpointSummary, fromMetadata, summaryOf, toMetadata } from './summary.ts';

export interface AzureCheckpointStoreOptions {
  /** The source whose blobs these are, where it has keys of its own. */
  readonly scope?: Scope;
  /** Seconds a claim lasts: 15 to 60, the service's range for leases. Default 60. */
  readonly leaseSeconds?: number;
  /** Milliseconds one request may take, its retries included. Default 20,000: a claim can be renewed twice meanwhile. */
  readonly timeoutMs?: number;
}

const PAGE = 1000;

/** Checkpoints and claims of one source as small blobs of the state container. */
export function createAzureCheckpointStore(
  service: BlobServiceClient,
  container: string,
  options: AzureCheckpointStoreOptions = {},
): CheckpointStore {
  const { scope, leaseSeconds = 60, timeoutMs = 20_000 } = options;

  function clientOf(name: string): BlockBlobClient {
    const client = blobClientOf(service, container, name);
    if (client) return client;
    throw new CheckpointError('storage_unavailable', `The container ${container} cannot hold ${name}`);
  }

  async function acquire(lease: BlobLeaseClient): Promise<'held' | 'taken' | 'missing'> {
    try {
      await withDeadline(timeoutMs, undefined, (abortSignal) =>
        lease.acquireLease(leaseSeconds, { abortSignal }),
      );
      return 'held';
    } catch (thrown) {
      const { code } = storageFailure(thrown);
      if (code === 'LeaseAlreadyPresent') return 'taken';
      if (code === 'BlobNotFound') return 'missing';
      throw thrown;
    }
  }

  /** Writes the empty blob that a lease needs. Somebody else may have been faster. */
  async function createClaimBlob(client: BlockBlobClient): Promise<void> {
    try {
      await writeSmallBlob(client, Buffer.alloc(0), { etag: undefined, timeoutMs });
    } catch (thrown) {
      if (storageFailure(thrown).status !== 412) throw thrown;
    }
  }

  function claimOn(lease: BlobLeaseClient, what: string): Claim {
    return {
      durationMs: leaseSeconds * 1000,
      async renew() {
        try {
          await withDeadline(timeoutMs, undefined, (abortSignal) => lease.renewLease({ abortSignal }));
        } catch (thrown) {
          const { status, text } = storageFailure(thrown);
          if (status === 404 || status === 409 || status === 412) {
            throw new CheckpointError('claim_lost', `The claim on ${what} is lost: ${text}`);
          }
          throw unavailable(`renew the claim on ${what}`, thrown);
        }
      },
      async release() {
        try {
          await withDeadline(timeoutMs, undefined, (abortSignal) => lease.releaseLease({ abortSignal }));
        } catch {
          // It runs out by itself.
        }
      },
    };
  }

  /** The claims on a blob, its lanes' included. One that is held stays: its holder is at work. */
  async function removeClaims(ref: BlobRef): Promise<void> {
    const prefix = claimName(ref, undefined, scope);
    const pages = service
      .getContainerClient(container)
      .listBlobsFlat({ prefix })
      .byPage({ maxPageSize: PAGE });
    for await (const page of pagesOf(pages)) {
      for (const { name } of page.segment.blobItems) {
        if (name !== prefix && !name.startsWith(`${prefix}@`)) continue;
        try {
          await deleteSmallBlob(clientOf(name), undefined, timeoutMs);
        } catch (thrown) {
          if (storageFailure(thrown).status !== 412) throw thrown;
        }
      }
    }
  }

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
        () => readSmallBlob(clientOf(name), MAX_CHECKPOINT_BYTES, timeoutMs, signal),
        signal,
      );
      return blob && { checkpoint: decodeCheckpoint(blob.content, name), etag: blob.etag };
    },

    async save(ref, checkpoint, etag) {
      const name = checkpointName(ref, scope);
      const content = encodeCheckpoint(checkpoint);
      const metadata = toMetadata(ref.container, summaryOf(ref.name, checkpoint), scope);
      const written = await attempt(`save ${name}`, () =>
        writeSmallBlob(clientOf(name), content, { metadata, etag, timeoutMs }),
      );
      if (written !== undefined) return written;
      throw conflict(name);
    },

    async claim(ref, lane) {
      const client = clientOf(claimName(ref, lane, scope));
      const lease = new BlobLeaseClient(client, crypto.randomUUID());
      const what = lane === undefined ? blobPath(ref) : `${blobPath(ref)} for ${lane}`;
      return attempt(`claim ${what}`, async () => {
        let outcome = await acquire(lease);
        if (outcome === 'missing') {
          await createClaimBlob(client);
          outcome = await acquire(lease);
        }
        return outcome === 'held' ? claimOn(lease, what) : undefined;
      });
    },

    async remove(ref, etag) {
      const name = checkpointName(ref, scope);
      await attempt(`remove ${name}`, async () => {
        if (!(await deleteSmallBlob(clientOf(name), etag, timeoutMs))) {
          throw conflict(name);
        }
        await removeClaims(ref);
      });
    },

    async *list(source, prefix, signal): AsyncGenerator<CheckpointSummary> {
      const pages = service
        .getContainerClient(container)
        .listBlobsFlat({
          prefix: checkpointFolder(source, scope) + prefix,
          includeMetadata: true,
          ...(signal && { abortSignal: signal }),
        })
        .byPage({ maxPageSize: PAGE });
      try {
        for await (const page of pagesOf(pages, signal)) {
          for (const { name, metadata } of page.segment.blobItems) {
            const summary = fromMetadata(checkpointFolder(source, scope), name, metadata);
            if (summary) yield summary;
          }
        }
      } catch (thrown) {
        signal?.throwIfAborted();
        throw unavailable(`list the checkpoints of ${source}`, thrown);
      }
    },

    async *listClaims(source, prefix, signal): AsyncGenerator<string> {
      const folder = claimFolder(source, scope);
      const pages = service
        .getContainerClient(container)
        .listBlobsFlat({ prefix: folder + prefix, ...(signal && { abortSignal: signal }) })
        .byPage({ maxPageSize: PAGE });
      try {
        for await (const page of pagesOf(pages, signal)) {
          for (const { name, properties } of page.segment.blobItems) {
            if (properties.leaseState === 'leased') yield name.slice(folder.length);
          }
        }
      } catch (thrown) {
        signal?.throwIfAborted();
        throw unavailable(`list the claims of ${source}`, thrown);
      }
    },
  };
}

import type { TokenCredential } from '@azure/identity';
import { createAzureBlobStore } from '../blobs/azure.ts';
import { type ClientOptions, createBlobAccount, createQueueService } from '../blobs/clients.ts';
import type { BlobStore } from '../blobs/port.ts';
import { createAzureCheckpointStore } from '../checkpoints/azure.ts';
import type { StateDocuments } from '../checkpoints/documents.ts';
import { createAzureStateDocuments } from '../checkpoints/documents-azure.ts';
import type { CheckpointStore } from '../checkpoints/port.ts';
import type { RelayConfig } from '../config/schema.ts';
import type { DeadLetterArchive } from '../delivery/dead-letters.ts';
import { createAzureDeadLetters } from '../delivery/dead-letters-azure.ts';
import { type SourceAccount, sourceAccount } from '../event-grid/source.ts';
import { AzureStorageQueue } from '../queue/azure.ts';
import type { TaskQueue } from '../queue/port.ts';

/** A claim ends by itself this long after its consumer died; nobody works on its blob meanwhile. Seconds. */
const CLAIM_SECONDS = 30;

/** Everything of Azure's that the relay works with. */
export interface AzurePorts {
  readonly source: SourceAccount;
  readonly blobs: BlobStore;
  readonly checkpoints: CheckpointStore;
  readonly documents: StateDocuments;
  readonly deadLetters: DeadLetterArchive;
  readonly queue: TaskQueue;
}

/** Builds the adapters of relay.yaml's storage account and queue, for both hosts. Sends nothing. */
export function azurePorts(
  config: RelayConfig,
  credential: TokenCredential | undefined,
  options: ClientOptions = {},
): AzurePorts {
  const { storage, queue } = config;
  const { service, account } = createBlobAccount(storage, credential, options);
  return {
    source: sourceAccount({
      account,
      blobEndpoint: storage.blob_endpoint ?? service.url,
      containerPrefix: storage.container_prefix,
    }),
    blobs: createAzureBlobStore(service, account),
    checkpoints: createAzureCheckpointStore(service, storage.state_container, {
      leaseSeconds: CLAIM_SECONDS,
    }),
    documents: createAzureStateDocuments(service, storage.state_container),
    deadLetters: createAzureDeadLetters(service, storage.dead_letter_container),
    queue: new AzureStorageQueue(createQueueService(storage, queue, credential, options), queue.name),
  };
}

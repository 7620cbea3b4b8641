import type { BlobServiceClient } from '@azure/storage-blob';
import type { QueueServiceClient } from '@azure/storage-queue';
import { inject } from 'vitest';
import { createBlobAccount, createQueueService } from '../../src/azure/clients.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { queueAccountOf, stateOf } from '../../src/config/sources.ts';
import { azureHttpClient } from '../../src/hosts/worker/azure-http.ts';

const options = { httpClient: azureHttpClient(() => {}) };

function config() {
  const storage = { connection_string: inject('connectionString') };
  return relayConfigSchema.parse({ storage, destinations: {} });
}

/** The clients as the Worker makes them. */
export function blobAccount(): { readonly service: BlobServiceClient; readonly account: string } {
  return createBlobAccount(stateOf(config()), undefined, options);
}

export function queueService(): QueueServiceClient {
  const made = config();
  return createQueueService(queueAccountOf(made), made.queue, undefined, options);
}

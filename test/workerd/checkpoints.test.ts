import { createAzureCheckpointStore } from '../../src/checkpoints/azure.ts';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { checkpointStoreContract } from '../checkpoints/register-checkpoint-store-tests.ts';
import { stateDocumentsContract } from '../checkpoints/register-state-documents-tests.ts';
import { blobAccount } from './azure.ts';

const STATE = `state-${crypto.randomUUID()}`;

checkpointStoreContract(
  'Azure in workerd',
  async () => ({
    one: createAzureCheckpointStore(blobAccount().service, STATE, { leaseSeconds: 15 }),
    two: createAzureCheckpointStore(blobAccount().service, STATE, { leaseSeconds: 15 }),
    expire: async () => {},
  }),
  { expiry: false },
);

stateDocumentsContract('Azure in workerd', async () => [
  createAzureStateDocuments(blobAccount().service, STATE),
  createAzureStateDocuments(blobAccount().service, STATE),
]);

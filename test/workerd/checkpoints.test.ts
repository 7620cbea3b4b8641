import { createAzureCheckpointStore } from '../../src/checkpoints/azure.ts';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { registerCheckpointStoreTests } from '../checkpoints/register-checkpoint-store-tests.ts';
import { registerClaimsTests } from '../checkpoints/register-claims-tests.ts';
import { registerStateDocumentsTests } from '../checkpoints/register-state-documents-tests.ts';
import { blobAccount } from './azure.ts';

const STATE = `state-${crypto.randomUUID()}`;

const stores = async () => ({
  one: createAzureCheckpointStore(blobAccount().service, STATE, { leaseSeconds: 15 }),
  two: createAzureCheckpointStore(blobAccount().service, STATE, { leaseSeconds: 15 }),
  many: 1100,
  expire: async () => {},
});
registerCheckpointStoreTests('Azure in workerd', stores);
registerClaimsTests('Azure in workerd', stores, { expiry: false });

registerStateDocumentsTests('Azure in workerd', async () => [
  createAzureStateDocuments(blobAccount().service, STATE),
  createAzureStateDocuments(blobAccount().service, STATE),
]);

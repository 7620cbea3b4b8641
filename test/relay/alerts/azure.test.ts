import { afterAll, beforeAll } from 'vitest';
import { type ClockedAzurite, startClockedAzurite } from '../../../lab/clock/azurite-clock.ts';
import { createBlobAccount } from '../../../src/azure/clients.ts';
import { createAzureStateDocuments } from '../../../src/checkpoints/documents-azure.ts';
import { relayConfigSchema } from '../../../src/config/schema.ts';
import { stateOf } from '../../../src/config/sources.ts';
import { registerAlertTests } from './register-alert-tests.ts';

let azurite: ClockedAzurite;
beforeAll(async () => {
  azurite = await startClockedAzurite();
});
afterAll(() => azurite?.stop());

registerAlertTests('Azure', async () => {
  const storage = { connection_string: azurite.connectionString };
  const { service } = createBlobAccount(stateOf(relayConfigSchema.parse({ storage, destinations: {} })));
  return [
    createAzureStateDocuments(service, 'xdr-relay-state'),
    createAzureStateDocuments(service, 'xdr-relay-state'),
  ];
});

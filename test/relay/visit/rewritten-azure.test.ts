import { afterAll, beforeAll, describe } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { createBlobAccount } from '../../../src/azure/clients.ts';
import { createAzureBlobStore } from '../../../src/blobs/azure.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';
import { registerRewrittenBlobTests } from './register-rewritten-blob-tests.ts';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await azuriteAccount();
});
afterAll(() => azurite?.stop());

describe('Azurite', () => {
  registerRewrittenBlobTests(async () => {
    const { service, account } = createBlobAccount({
      setting: 'storage',
      connection_string: azurite.connectionString,
    });
    return {
      store: createAzureBlobStore(service, account),
      async clientOf(container, name) {
        const parent = service.getContainerClient(container);
        await parent.createIfNotExists();
        return parent.getBlockBlobClient(name);
      },
    };
  });
});

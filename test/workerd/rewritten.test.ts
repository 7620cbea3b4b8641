import { describe } from 'vitest';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import { registerRewrittenBlobTests } from '../relay/visit/register-rewritten-blob-tests.ts';
import { blobAccount } from './azure.ts';

describe('Azurite, from workerd', () => {
  registerRewrittenBlobTests(async () => {
    const { service, account } = blobAccount();
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

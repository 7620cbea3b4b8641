/** Listings in pages as large as the relay asks for: the contract suites have small ones. */
import { BlobServiceClient } from '@azure/storage-blob';
import { expect, it } from 'vitest';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

it('thousands of blobs are listed in order', async () => {
  const azurite = await azuriteAccount();
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const container = service.getContainerClient('many');
  await container.create();
  const names = Array.from(
    { length: 5_500 },
    (_, n) => `h=${n % 24}/PT1H_${String(n).padStart(5, '0')}.json`,
  );
  const waiting = [...names];
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
        await container.getBlockBlobClient(name).upload('', 0);
    }),
  );
  const listed: string[] = [];
  for await (const { ref } of createAzureBlobStore(service, azurite.account).list('many', ''))
    listed.push(ref.name);
  expect(listed).toEqual(names.sort());
});

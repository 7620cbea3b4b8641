import { blobClientOf } from '../../src/azure/blob-client.ts';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import { registerBlobStoreTests } from '../blobs/register-blob-store-tests.ts';
import { blobAccount } from './azure.ts';

registerBlobStoreTests('Azure in workerd', async () => {
  const { service, account } = blobAccount();
  const clientOf = (container: string, name: string) => {
    const client = blobClientOf(service, container, name);
    if (!client) throw new Error(`no client for ${name}`);
    return client;
  };
  return {
    store: createAzureBlobStore(service, account),
    many: 400,
    async put(container, name, content) {
      await clientOf(container, name).upload(Buffer.from(content), content.length);
      return { account, container, name };
    },
    async append(container, name, content) {
      const client = service.getContainerClient(container).getAppendBlobClient(name);
      await client.createIfNotExists();
      if (content.length > 0) await client.appendBlock(Buffer.from(content), content.length);
      return { account, container, name };
    },
    async remove(ref) {
      await clientOf(ref.container, ref.name).delete();
    },
    async createContainer(container) {
      await service.getContainerClient(container).createIfNotExists();
    },
    async fill(container, names) {
      const parent = service.getContainerClient(container);
      const waiting = [...names];
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
            await parent.getBlockBlobClient(name).upload('', 0);
          }
        }),
      );
    },
  };
});

import { createMemoryBlobStore } from '../../lab/memory/blob-store.ts';
import { blobStoreContract } from './register-blob-store-tests.ts';

blobStoreContract('memory', async () => {
  const store = createMemoryBlobStore();
  return {
    store,
    put: async (container, name, content) => store.put(container, name, content),
    append: async (container, name, content) => store.append(container, name, content),
    remove: async (ref) => store.remove(ref),
    createContainer: async (container) => store.createContainer(container),
    async fill(container, names) {
      for (const name of names) store.append(container, name, new Uint8Array());
    },
  };
});

import { BlobLeaseClient, BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { type CountingProxy, startCountingProxy } from '../../lab/counting-proxy.ts';
import { blobOperation, queueOperation } from '../../lab/storage-operations.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

let azurite: Azurite;
let proxy: CountingProxy;
let blobs: BlobServiceClient;
beforeAll(async () => {
  azurite = await azuriteAccount();
  proxy = await startCountingProxy(azurite);
  blobs = BlobServiceClient.fromConnectionString(proxy.connectionString);
}, 30_000);
afterAll(async () => {
  await proxy?.close();
  await azurite?.stop();
});
beforeEach(() => proxy.reset());

const NONE = { write: 0, list: 0, read: 0, other: 0, lease: 0, queue: 0, free: 0 };

describe('the counting proxy', () => {
  it('counts the operations on blobs as Azure bills them', async () => {
    const container = blobs.getContainerClient('counted');
    await container.create();
    const growing = container.getAppendBlobClient('tenantId=t/y=2026/a b.json');
    await growing.create();
    await growing.appendBlock('one', 3);
    expect(proxy.names()).toEqual({ CreateContainer: 1, PutBlob: 1, AppendBlock: 1 });
    expect(proxy.operations.at(-1)).toMatchObject({
      container: 'counted',
      blob: 'tenantId=t/y=2026/a b.json',
      status: 201,
    });

    proxy.reset();
    expect((await growing.downloadToBuffer(0, 3)).toString()).toBe('one');
    await growing.getProperties();
    for await (const _ of container.listBlobsFlat());
    for await (const _ of container.listBlobsByHierarchy('/'));
    for await (const _ of blobs.listContainers());
    const lease = new BlobLeaseClient(growing);
    await lease.acquireLease(15);
    await lease.renewLease();
    await lease.releaseLease();
    await growing.delete();
    expect(proxy.counts()).toEqual({ ...NONE, list: 3, read: 1, other: 1, lease: 3, free: 1 });
    expect(proxy.total()).toBe(8);
    expect(proxy.counts({ container: 'counted', name: 'ListBlobs' })).toEqual({ ...NONE, list: 2 });
  });

  it('counts what fails, as Azure does', async () => {
    const missing = blobs.getContainerClient('counted').getBlockBlobClient('none');
    await expect(missing.getProperties()).rejects.toThrow();
    expect(proxy.counts()).toEqual({ ...NONE, other: 1 });
    expect(proxy.operations[0]).toMatchObject({ name: 'GetBlobProperties', status: 404 });
  });

  it('counts the operations on queues', async () => {
    const queue = QueueServiceClient.fromConnectionString(proxy.connectionString).getQueueClient('counted');
    await queue.create();
    await queue.sendMessage('a');
    const { receivedMessageItems } = await queue.receiveMessages();
    const [message] = receivedMessageItems;
    const { popReceipt } = await queue.updateMessage(message?.messageId ?? '', message?.popReceipt ?? '');
    await queue.deleteMessage(message?.messageId ?? '', popReceipt ?? '');
    await queue.peekMessages();
    await queue.getProperties();
    expect(proxy.names()).toEqual({
      CreateQueue: 1,
      PutMessage: 1,
      GetMessages: 1,
      UpdateMessage: 1,
      DeleteMessage: 1,
      PeekMessages: 1,
      GetQueueMetadata: 1,
    });
    expect(proxy.counts()).toEqual({ ...NONE, queue: 7 });
  });

  it('refuses to name what it knows no price of', () => {
    const seen = { method: 'PUT', url: '/account/container/blob?comp=tags', headers: {} };
    expect(() => blobOperation(seen)).toThrow('no price is known for PUT blob tags');
    expect(queueOperation({ ...seen, url: '/account/queue?comp=acl' }).billed).toBe('queue');
  });
});

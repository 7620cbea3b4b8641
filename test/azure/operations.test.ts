import { BlobLeaseClient, type ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { type CountingProxy, startCountingProxy } from '../../lab/counting-proxy.ts';
import { blobClientOf } from '../../src/azure/blob-client.ts';
import { createBlobAccount, createQueueService } from '../../src/azure/clients.ts';
import { blobOperationType } from '../../src/azure/operations.ts';
import { NO_OPERATIONS, type Operations, type OperationType } from '../../src/shared/storage-operations.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

let azurite: Azurite;
let proxy: CountingProxy;
beforeAll(async () => {
  azurite = await azuriteAccount();
  proxy = await startCountingProxy(azurite);
}, 30_000);
afterAll(async () => {
  await proxy?.close();
  await azurite?.stop();
});

/** What went through the proxy, with leases under the type as which they are billed. */
function billed(): Operations {
  const { lease, ...counts } = proxy.counts();
  return { ...counts, other: counts.other + lease };
}

it('tells of each request under the type that a proxy in front of the storage sees', async () => {
  const told: Record<OperationType, number> = { ...NO_OPERATIONS };
  const onOperation = (type: OperationType) => {
    told[type] += 1;
  };
  const settings = { setting: 'storage', connection_string: proxy.connectionString };
  const { service } = createBlobAccount(settings, undefined, { onOperation });
  const container = service.getContainerClient('told');
  expect(await container.exists()).toBe(false);
  await container.create();
  const growing = container.getAppendBlobClient('tenantId=t/y=2026/a b.json');
  await growing.create();
  await growing.appendBlock('one', 3);
  await growing.downloadToBuffer(0, 3);
  await growing.getProperties();
  await growing.setMetadata({ a: 'b' });
  // A name that the SDK cannot make a client for by itself.
  expect(await blobClientOf(service, 'told', 'a/../b')?.exists()).toBe(false);
  const block = container.getBlockBlobClient('block');
  await block.upload('two', 3);
  await block.stageBlock('AAAA', 'three', 5);
  await block.commitBlockList(['AAAA']);
  await block.getBlockList('committed');
  for await (const _ of container.listBlobsFlat());
  for await (const _ of container.listBlobsByHierarchy('/'));
  for await (const _ of service.listContainers());
  const lease = new BlobLeaseClient(growing);
  await lease.acquireLease(15);
  await lease.releaseLease();
  await growing.delete();
  await container.delete();
  const queue = createQueueService(settings, {}, undefined, { onOperation }).getQueueClient('told');
  await queue.create();
  await queue.sendMessage('a');
  const { receivedMessageItems } = await queue.receiveMessages();
  for (const { messageId, popReceipt } of receivedMessageItems)
    await queue.deleteMessage(messageId, popReceipt);
  expect(told).toEqual(billed());
  expect(Object.values(told)).not.toContain(0);
});

it.each([
  ['PUT', 'comp=tier', 'other'],
  ['PUT', 'comp=snapshot', 'other'],
  ['PUT', 'restype=container&comp=metadata', 'other'],
  ['GET', 'restype=service&comp=properties', 'other'],
  ['GET', 'comp=tags', 'other'],
  ['GET', 'where=a&comp=blobs', 'list'],
  ['GET', 'sv=2026-02-06&sig=abc', 'read'],
  ['PUT', 'comp=seal', 'write'],
])('%s ?%s is %s', (method, query, type) => {
  expect(blobOperationType(method, `https://account.blob.core.windows.net/c/b?${query}`)).toBe(type);
});

it('goes through no step that nobody needs', () => {
  const settings = { setting: 'storage', connection_string: proxy.connectionString };
  const onOperation = () => {};
  const clients = [
    createBlobAccount(settings, undefined, { onOperation }).service.getContainerClient('told'),
    createQueueService(settings, {}, undefined, { onOperation }).getQueueClient('told'),
  ];
  for (const client of clients) {
    const names = stepsOf(client).map(({ name }) => name);
    expect(names).toContain('tellingOperations');
    expect(names).toContain('storageRetryPolicy');
    // Spans for a tracer that nobody sets, and copies into objects of an older version of the SDK.
    expect(names).not.toContain('tracingPolicy');
    expect(names).not.toContain('RequestPolicyFactoryPolicy');
    expect(names.indexOf('tellingOperations')).toBeLessThan(names.indexOf('storageRetryPolicy'));
  }
});

function stepsOf(client: ContainerClient | QueueClient): readonly { readonly name: string }[] {
  return Reflect.get(Reflect.get(client, 'pipeline'), '_corePipeline').getOrderedPolicies();
}

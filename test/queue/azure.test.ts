import { randomUUID } from 'node:crypto';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { startFaultProxy } from '../../lab/fault-proxy.ts';
import { createQueueService } from '../../src/azure/clients.ts';
import { queueConfig } from '../../src/config/schema.ts';
import { nodeExchange } from '../../src/hosts/node/exchange.ts';
import { createAzureQueue } from '../../src/queue/azure.ts';
import type { TaskQueue } from '../../src/queue/port.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { registerTaskQueueTests } from './register-task-queue-tests.ts';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await azuriteAccount();
});
afterAll(() => azurite.stop());

const newName = () => `tasks-${randomUUID()}`;
const service = (connectionString = azurite.connectionString) =>
  // As `serve` has it: the queue is asked over connections of the host's.
  createQueueService(
    { setting: 'storage', connection_string: connectionString },
    queueConfig.parse({}),
    undefined,
    { exchange: nodeExchange({}) },
  );

registerTaskQueueTests('Azure Storage Queue', () => createAzureQueue(service(), newName()));

describe('Azure Storage Queue', () => {
  it('reads what Event Grid writes, base64 or plain', async () => {
    const { queue, client } = await started();
    const event = '{"specversion":"1.0","subject":"é<&>"}';
    await client.sendMessage(event);
    await client.sendMessage(Buffer.from(event).toString('base64'));
    const messages = await queue.receive(32, 30);
    expect(messages.map((message) => message.body)).toEqual([event, event]);
  });

  it('writes base64 that never runs out', async () => {
    const { queue, client } = await started();
    await queue.send('{"v":1}');
    const [item] = (await client.peekMessages()).peekedMessageItems;
    expect(item?.messageText).toBe(Buffer.from('{"v":1}').toString('base64'));
    expect(item?.expiresOn.getUTCFullYear()).toBe(9999);
  });

  it('puts the reason, the body and its story on the poison queue', async () => {
    const { queue, name } = await started();
    await queue.send('bad');
    const [message] = await queue.receive(1, 30);
    await message?.poison('no such thing');
    const poison = service().getQueueClient(`${name}-poison`);
    const [item] = (await poison.receiveMessages()).receivedMessageItems;
    const story = JSON.parse(Buffer.from(item?.messageText ?? '', 'base64').toString());
    expect(story).toMatchObject({ reason: 'no such thing', body: 'bad', dequeueCount: 1 });
    expect(new Date(story.insertedOn).getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it('says queue_unavailable when the queue is missing or nobody answers', async () => {
    await expect(createAzureQueue(service(), newName()).send('x')).rejects.toMatchObject({
      code: 'queue_unavailable',
      message: expect.stringContaining('QueueNotFound'),
    });
    const down = azurite.connectionString.replace(/(QueueEndpoint=http:\/\/127\.0\.0\.1):\d+/, '$1:1');
    const queue = createAzureQueue(service(down), 'tasks');
    await expect(queue.depth()).rejects.toMatchObject({ code: 'queue_unavailable' });
  });

  it('case 14, expired SAS: blames the key, the signature or the clock, and no role, when it is not let in', async () => {
    const wrong = azurite.connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${btoa('wrong')}`);
    const queue = createAzureQueue(service(wrong), 'tasks');
    const error = await queue.send('x').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'queue_unavailable' });
    expect(String(error)).toMatch(/AuthorizationFailure|AuthenticationFailed/);
    expect(String(error)).not.toContain('Storage Queue Data Contributor');
    expect(String(error)).not.toContain(btoa('wrong'));
  });

  it.each([
    ['AuthenticationFailed', /expired.*clock/, false],
    ['AuthorizationPermissionMismatch', /role Storage Queue Data Contributor/, true],
    ['AuthorizationResourceTypeMismatch', /role Storage Queue Data Contributor/, true],
    ['AuthorizationFailure', /firewall/, false],
    ['KeyBasedAuthenticationNotPermitted', /use an identity/, false],
  ])('case 14: what %s leads to', async (code, advice, role) => {
    const proxy = await startFaultProxy(azurite.queueEndpoint);
    proxy.fault = () => ({ kind: 'status', status: 403, code });
    const through = azurite.connectionString.replace(
      /QueueEndpoint=http:\/\/[^/]+/,
      `QueueEndpoint=${proxy.url}`,
    );
    const error = String(await createAzureQueue(service(through), 'tasks').send('x').catch(String));
    await proxy.close();
    expect(error).toContain(code);
    expect(error).toMatch(advice);
    expect(error.includes('Storage Queue Data Contributor')).toBe(role);
  });

  it('case 10: starts with a signature that may read, add, update and process, where both queues exist', async () => {
    const { name } = await started();
    const queue = createAzureQueue(service(signed('raup')), name);
    await queue.ensure();
    await queue.send('hello');
    const [message] = await queue.receive(1, 30);
    expect(message?.body).toBe('hello');
    await message?.poison('tried');
    expect(await queue.depth()).toEqual({ ready: 0, poison: 1 });
  });

  it('case 10: says so where a queue is missing and the signature may not create it', async () => {
    const queue = createAzureQueue(service(signed('raup')), newName());
    await expect(queue.ensure()).rejects.toMatchObject({
      code: 'queue_unavailable',
      message: expect.stringContaining('Could not create'),
    });
  });
});

async function started() {
  const name = newName();
  const queue: TaskQueue = createAzureQueue(service(), name);
  await queue.ensure();
  return { queue, client: service().getQueueClient(name), name };
}

/** The account's connection string with a shared access signature of these permissions in place of the key. */
function signed(permissions: string): string {
  const part = (key: string) => new RegExp(`${key}=([^;]+)`).exec(azurite.connectionString)?.[1] ?? '';
  const signature = generateAccountSASQueryParameters(
    {
      expiresOn: new Date(Date.now() + 600_000),
      permissions: AccountSASPermissions.parse(permissions),
      protocol: SASProtocol.HttpsAndHttp,
      resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
      services: AccountSASServices.parse('q').toString(),
    },
    new StorageSharedKeyCredential(part('AccountName'), part('AccountKey')),
  );
  return `QueueEndpoint=${part('QueueEndpoint')};SharedAccessSignature=${signature}`;
}

import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { expect, inject, it } from 'vitest';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { azurePorts } from '../../src/hosts/azure-ports.ts';
import { azureHttpClient } from '../../src/hosts/worker/azure-http.ts';

const part = (name: string) => new RegExp(`${name}=([^;]+)`).exec(inject('connectionString'))?.[1] ?? '';

it('reaches blobs, checkpoints and queue with a shared access signature', async () => {
  const signature = generateAccountSASQueryParameters(
    {
      expiresOn: new Date(Date.now() + 600_000),
      permissions: AccountSASPermissions.parse('rwdlacup'),
      protocol: SASProtocol.HttpsAndHttp,
      resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
      services: AccountSASServices.parse('bq').toString(),
    },
    new StorageSharedKeyCredential(part('AccountName'), part('AccountKey')),
  );
  const connection_string = `BlobEndpoint=${part('BlobEndpoint')};QueueEndpoint=${part('QueueEndpoint')};SharedAccessSignature=${signature}`;
  const storage = { connection_string, account: part('AccountName'), state_container: 'state-of-sas' };
  const config = relayConfigSchema.parse({ storage, queue: { name: 'queue-of-sas' }, destinations: {} });
  let requests = 0;
  const ports = azurePorts(config, () => undefined, { httpClient: azureHttpClient(() => requests++) });

  const [source] = ports.sources;
  if (!source) throw new Error('no source');
  await ports.documents.ensure();
  await ports.queue.ensure();
  await ports.queue.send('hello');
  expect((await ports.queue.receive(1, 30))[0]?.body).toBe('hello');
  const ref = { account: source.blobs.account, container: 'state-of-sas', name: 'a.json' };
  const claim = await source.checkpoints.claim(ref);
  expect(claim).toBeDefined();
  await claim?.release();
  expect(await source.blobs.stat(ref)).toBeUndefined();
  expect(requests).toBeGreaterThan(8);
});

it('case 10: a signature that may read, add, update and process is enough where both queues exist', async () => {
  const admin = relayConfigSchema.parse({
    storage: { connection_string: inject('connectionString') },
    queue: { name: 'queue-of-raup' },
    destinations: {},
  });
  const http = { httpClient: azureHttpClient(() => {}) };
  await azurePorts(admin, () => undefined, http).queue.ensure();

  const signature = generateAccountSASQueryParameters(
    {
      expiresOn: new Date(Date.now() + 600_000),
      permissions: AccountSASPermissions.parse('raup'),
      protocol: SASProtocol.HttpsAndHttp,
      resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
      services: AccountSASServices.parse('q').toString(),
    },
    new StorageSharedKeyCredential(part('AccountName'), part('AccountKey')),
  );
  const connection_string = `QueueEndpoint=${part('QueueEndpoint')};SharedAccessSignature=${signature}`;
  const { queue } = azurePorts(
    { ...admin, queue: { ...admin.queue, connection_string } },
    () => undefined,
    http,
  );
  await queue.ensure();
  await queue.send('hello');
  expect((await queue.receive(1, 30))[0]?.body).toBe('hello');
});

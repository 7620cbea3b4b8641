import type { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClockedAzurite, startClockedAzurite } from '../../lab/clock/azurite-clock.ts';
import { createBlobAccount } from '../../src/azure/clients.ts';
import { createAzureCheckpointStore } from '../../src/checkpoints/azure.ts';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { checkpointName } from '../../src/checkpoints/naming.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { stateOf } from '../../src/config/sources.ts';
import { nodeExchange } from '../../src/hosts/node/exchange.ts';
import { MANY, withSmallPages } from '../support/small-pages.ts';
import { all, checkpoint } from './harness.ts';
import { registerCheckpointStoreTests } from './register-checkpoint-store-tests.ts';
import { registerClaimsTests } from './register-claims-tests.ts';
import { registerStateDocumentsTests } from './register-state-documents-tests.ts';

const STATE = 'xdr-relay-state';
let azurite: ClockedAzurite;

beforeAll(async () => {
  azurite = await startClockedAzurite();
});
afterAll(() => azurite?.stop());

function service(connectionString = azurite.connectionString): BlobServiceClient {
  const config = relayConfigSchema.parse({
    storage: { connection_string: connectionString },
    destinations: {},
  });
  // As `serve` has it: documents are read over connections of the host's.
  return createBlobAccount(stateOf(config), undefined, { exchange: nodeExchange({}) }).service;
}

for (const [name, scope] of [
  ['Azure', undefined],
  ['Azure, one of several sources', 'fabrikam'],
] as const) {
  const options = { leaseSeconds: 15, ...(scope !== undefined && { scope }) };
  const make = async () => ({
    one: createAzureCheckpointStore(service(), STATE, options),
    two: createAzureCheckpointStore(withSmallPages(service()), STATE, options),
    many: MANY,
    expire: () => azurite.pass(16_000),
  });
  registerCheckpointStoreTests(name, make);
  registerClaimsTests(name, make);
}

registerStateDocumentsTests('Azure, one of several sources', async () => [
  createAzureStateDocuments(service(), STATE, 'fabrikam'),
  createAzureStateDocuments(service(), STATE, 'fabrikam'),
]);

registerStateDocumentsTests('Azure', async () => [
  createAzureStateDocuments(service(), STATE),
  createAzureStateDocuments(service(), STATE),
]);

describe('Azure: CheckpointStore', () => {
  const ref = (name: string) => ({ account: azurite.account, container: 'source', name });
  const store = () => createAzureCheckpointStore(service(), STATE);

  async function write(name: string, content: string) {
    await service()
      .getContainerClient(STATE)
      .getBlockBlobClient(checkpointName(ref(name)))
      .upload(content, content.length);
  }

  it.each([
    ['not JSON', 'hello'],
    ['another shape', '{"v":1,"offset":3}'],
    ['a newer version', JSON.stringify({ ...checkpoint({}), v: 2 })],
    ['a newer field', JSON.stringify({ ...checkpoint({}), more: true })],
    ['an offset below 0', JSON.stringify(checkpoint({ destinations: { splunk: { offset: -1 } } }))],
    ['more than 64 KiB', JSON.stringify(checkpoint({})).padEnd(70_000)],
    ['nothing', ''],
  ])('does not take %s for a checkpoint', async (what, content) => {
    await store().ensure();
    await write(what, content);
    await expect(store().load(ref(what))).rejects.toMatchObject({ code: 'checkpoint_unreadable' });
    expect(await all(store().list('source', ''))).toEqual([]);
  });

  it('writes JSON that a person can find and read', async () => {
    const { replays: _, ...plain } = checkpoint({ length: 5 });
    await store().save(ref('a/b.json'), checkpoint({ length: 5 }), undefined);
    const blob = service().getContainerClient(STATE).getBlockBlobClient('checkpoints/source/a/b.json');
    expect(JSON.parse((await blob.downloadToBuffer()).toString())).toEqual(plain);
    expect(await blob.getProperties()).toMatchObject({
      contentType: 'application/json',
      metadata: { length: '5', closed: 'false', offset: '0', created: '1000' },
    });
  });

  it('does not take a missing container for a missing checkpoint', async () => {
    const lost = createAzureCheckpointStore(service(), 'no-such-container');
    const unavailable = {
      code: 'storage_unavailable',
      message: expect.stringContaining('ContainerNotFound'),
    };
    await expect(lost.load(ref('a'))).rejects.toMatchObject(unavailable);
    await expect(lost.save(ref('a'), checkpoint({}), undefined)).rejects.toMatchObject(unavailable);
    await expect(lost.claim(ref('a'))).rejects.toMatchObject(unavailable);
    await expect(lost.remove(ref('a'))).rejects.toMatchObject(unavailable);
    await expect(all(lost.list('source', ''))).rejects.toMatchObject(unavailable);
  });

  it('says that nobody answers', async () => {
    const dead = azurite.connectionString.replaceAll(`:${azurite.blobPort}/`, ':9/');
    const lost = createAzureCheckpointStore(service(dead), STATE);
    const unavailable = { code: 'storage_unavailable' };
    await expect(lost.ensure()).rejects.toMatchObject(unavailable);
    await expect(lost.load(ref('a'))).rejects.toMatchObject(unavailable);
    await expect(lost.save(ref('a'), checkpoint({}), undefined)).rejects.toMatchObject(unavailable);
    await expect(lost.claim(ref('a'))).rejects.toMatchObject(unavailable);
  });

  it('keeps the sources apart that have the same blob', async () => {
    const [single, fabrikam] = [undefined, 'fabrikam'].map((scope) =>
      createAzureCheckpointStore(service(), STATE, { leaseSeconds: 15, ...(scope && { scope }) }),
    );
    const same = ref('both.json');
    await single?.save(same, checkpoint({ length: 5 }), undefined);
    await fabrikam?.save(same, checkpoint({ length: 7 }), undefined);
    expect((await single?.load(same))?.checkpoint.length).toBe(5);
    expect((await fabrikam?.load(same))?.checkpoint.length).toBe(7);
    expect(await single?.claim(same)).toBeDefined();
    const claim = await fabrikam?.claim(same);
    expect(claim).toBeDefined();
    expect(fabrikam && (await all(fabrikam.listClaims('source', 'both')))).toEqual(['both.json']);
    expect(fabrikam && (await all(fabrikam.list('source', 'both')))).toMatchObject([{ length: 7 }]);
    await fabrikam?.remove(same);
    expect((await single?.load(same))?.checkpoint.length).toBe(5);
  });

  it('keeps documents of a source apart from those that all share', async () => {
    const shared = createAzureStateDocuments(service(), STATE);
    const own = createAzureStateDocuments(service(), STATE, 'fabrikam');
    await shared.put('apart/a', 1, undefined);
    await own.put('apart/b', 2, undefined);
    expect(await all(shared.list('apart/'))).toEqual(['apart/a']);
    expect(await all(own.list('apart/'))).toEqual(['apart/b']);
    expect(await all(shared.list(''))).not.toContainEqual(expect.stringContaining('@'));
    expect(await shared.get('apart/b')).toBeUndefined();
  });
});

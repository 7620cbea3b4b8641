import type { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { createBlobAccount } from '../../src/azure/clients.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { stateOf } from '../../src/config/sources.ts';
import { createAzureDeadLetters } from '../../src/delivery/dead-letters-azure.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { letter, registerDeadLettersTests } from './register-dead-letters-tests.ts';

const CONTAINER = 'xdr-relay-dead-letters';
let azurite: Azurite;

beforeAll(async () => {
  azurite = await azuriteAccount();
});
afterAll(() => azurite?.stop());

function service(): BlobServiceClient {
  const storage = { connection_string: azurite.connectionString };
  return createBlobAccount(stateOf(relayConfigSchema.parse({ storage, destinations: {} }))).service;
}

registerDeadLettersTests(
  'Azure',
  async (clock) => createAzureDeadLetters(service(), CONTAINER, { clock }),
  'all',
);

describe('Azure: DeadLetterArchive', () => {
  it('writes JSON that a person can find and read', async () => {
    const archive = createAzureDeadLetters(service(), CONTAINER);
    await archive.put(letter({ destination: 'readable', row: new Uint8Array(Buffer.from('{"ü":1}')) }));
    for await (const { name } of archive.list({ destination: 'readable' })) {
      const blob = service().getContainerClient(CONTAINER).getBlockBlobClient(name);
      expect(JSON.parse((await blob.downloadToBuffer()).toString())).toMatchObject({ v: 1, row: '{"ü":1}' });
      expect((await blob.getProperties()).contentType).toBe('application/json');
    }
  });

  it('does not take a foreign blob for a letter', async () => {
    const archive = createAzureDeadLetters(service(), CONTAINER);
    const name = `foreign/undated/${'a'.repeat(64)}.json`;
    await service().getContainerClient(CONTAINER).getBlockBlobClient(name).upload('{"v":2}', 7);
    for await (const summary of archive.list({ destination: 'foreign' })) expect(summary).toBeUndefined();
    await expect(archive.get(name)).rejects.toMatchObject({ code: 'dead_letter_unreadable' });
  });

  it('makes its container again where somebody removed it', async () => {
    const archive = createAzureDeadLetters(service(), 'removed-meanwhile');
    await archive.put(letter({ destination: 'readable' }));
    const found: string[] = [];
    for await (const { name } of archive.list({ destination: 'readable' })) found.push(name);
    expect(found).toHaveLength(1);
  });

  it('says that the storage does not take it', async () => {
    const lost = createAzureDeadLetters(service(), 'no_container_can_have_this_name');
    await expect(lost.put(letter({}))).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});

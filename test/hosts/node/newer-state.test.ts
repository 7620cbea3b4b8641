/** A relay and its commands on a state that a newer version has written: a sentence, exit code 1, and nothing changes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { writeConfig } from '../../../lab/serve.ts';
import { VERSION_BLOB } from '../../../src/checkpoints/state-version.ts';
import { run, runProcess } from '../../cli/run.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';

const CONFIG = `
storage: { connection_string: "\${CONNECTION}" }
destinations:
  archive: { type: file, path: archive.jsonl }
default_destinations: [archive]
`;

let folder: string;
let azurite: Azurite;
let service: BlobServiceClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-newer-'));
  await writeConfig(folder, CONFIG);
  azurite = await azuriteAccount();
  service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const state = service.getContainerClient('xdr-relay-state');
  await state.create();
  const text = JSON.stringify({ version: 7, raisedOn: Date.now(), by: '9.0.0' });
  await state.getBlockBlobClient(VERSION_BLOB).upload(text, text.length);
});
afterAll(async () => {
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

it.each([
  [['serve', '--insecure', '--host', '127.0.0.1', '--port', '0', '--monitoring-port', '0']],
  [['status']],
  [['audit', '--day', 'yesterday']],
  [['destinations', 'list']],
  [['backfill', '--from', '2h']],
  [['dead-letters', 'list']],
  [['state', 'export', '--out', 'state.jsonl']],
])('xdr-relay %j says so and ends', async (args) => {
  const as = args[0] === 'serve' ? runProcess : run;
  const { code, stderr } = await as(args, { cwd: folder, env: { CONNECTION: azurite.connectionString } });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /^xdr-relay: The state in xdr-relay-state is of version 7, and this xdr-relay reads up to version 1: .*\(state_newer\)\nSee docs\/errors\.md#state_newer\n$/m,
    ),
  });
  const blobs: string[] = [];
  for await (const { name } of service.getContainerClient('xdr-relay-state').listBlobsFlat())
    blobs.push(name);
  expect(blobs).toEqual([VERSION_BLOB]);
});

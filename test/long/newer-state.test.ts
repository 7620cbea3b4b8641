/** Running relays notice within a minute that a newer version has taken over the state: they are not ready, write nothing, and end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { LOOK_EVERY_MS, VERSION_BLOB } from '../../src/checkpoints/state-version.ts';

const ENDS_WITHIN_MS = 60_000;

let folder: string;
let azurite: Azurite;
let state: ContainerClient;
const relays: ServeProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-newer-'));
  azurite = await startAzurite();
  state = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
    'xdr-relay-state',
  );
});
afterAll(async () => {
  for (const relay of relays) await relay.stop('SIGKILL');
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The blobs of the state with their ETags. */
async function stored(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, properties } of state.listBlobsFlat()) found.push(`${name} ${properties.etag}`);
  return found;
}

it('with one thread and with two, and without a consumer', { timeout: 300_000 }, async () => {
  const kinds: readonly (readonly [threads: number, args: readonly string[]])[] = [
    [1, []],
    [2, []],
    [1, ['--no-consumer']],
  ];
  for (const [at, [threads, args]] of kinds.entries()) {
    const configFile = await writeConfig(
      join(folder, String(at)),
      `
storage: { connection_string: "\${CONNECTION}" }
limits: { threads: ${threads} }
destinations:
  archive: { type: file, path: archive.jsonl }
default_destinations: [archive]
`,
    );
    const env = { CONNECTION: azurite.connectionString };
    relays.push(await startServe({ configFile, env, args: ['--insecure', ...args] }));
  }
  const text = JSON.stringify({ version: 2, raisedOn: Date.now() });
  await state.getBlockBlobClient(VERSION_BLOB).upload(text, text.length);
  const raised = Date.now();

  const seen = relays.map(() => '');
  const watching = setInterval(() => {
    for (const [at, relay] of relays.entries()) {
      fetch(`${relay.monitoring}/readyz`)
        .then(async (reply) => {
          if (reply.status === 503) seen[at] += await reply.text();
        })
        .catch(() => {});
    }
  }, 100);
  await delay(LOOK_EVERY_MS + 5_000);
  const after = await stored();
  const ends = await Promise.all(
    relays.map(({ child }) => Promise.race([child.exited, delay(ENDS_WITHIN_MS, undefined, { ref: false })])),
  );
  clearInterval(watching);
  console.log(`All had ended ${Math.round((Date.now() - raised) / 1000)} s after the state was raised`);
  for (const [at, relay] of relays.entries()) {
    expect({ kind: kinds[at], end: ends[at], log: relay.log() }).toEqual({
      kind: kinds[at],
      end: { code: 1, signal: null },
      log: expect.stringContaining('The state in xdr-relay-state is of version 2'),
    });
  }
  expect(await stored()).toEqual(after);
  // Those that consume end at once; the one that does not answers until its last connection is closed.
  expect(seen.join('')).toContain('"state":{"ok":false');
  expect(seen.join('')).toContain('"code":"state_newer"');
});

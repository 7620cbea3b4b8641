/** A relay that is killed while collectors have not acknowledged what they took, and a collector that dies with what it took and had not indexed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { createGenerator } from '../../lab/generator/generator.ts';
import { createRandom } from '../../lab/generator/random.ts';
import { httpNotifier } from '../../lab/notifications.ts';
import { createLedger } from '../../lab/oracle/ledger.ts';
import { arrivedInHec } from '../../lab/receivers/arrivals.ts';
import { startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startServe, writeConfig } from '../../lab/serve.ts';
import { createWriter } from '../../lab/writer.ts';

const SEED = 20261127;
const ROWS = 600;
const KEY = 'a-key-for-the-endpoint';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';

const ledger = createLedger(['splunk']);
let folder: string;
let azurite: Azurite;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-hec-acks-'));
  azurite = await startAzurite();
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

const arrived = (event: unknown) => void ledger.arrived('splunk', arrivedInHec(event), () => true);
const until = async (what: () => boolean, withinMs = 120_000) => {
  const deadline = Date.now() + withinMs;
  while (!what() && Date.now() < deadline) await delay(50);
};

describe('acknowledgements of several collectors', () => {
  it('lose no row when the relay is killed amid them, and when a collector dies with what it has not indexed', async () => {
    // It takes batches and dies before it indexes one: what it took is lost, and counts as not arrived.
    const losing = await startHecReceiver({
      token: TOKEN,
      acknowledgeAfter: Number.MAX_SAFE_INTEGER,
    });
    const steady = await startHecReceiver({ token: TOKEN, acknowledgeAfter: 1, onEvent: arrived });
    closers.push(losing.close, steady.close);
    const file = await writeConfig(
      folder,
      `storage: { connection_string: "\${CONNECTION}" }
queue: { visibility: 5s }
server: { keys: ["\${KEY}"] }
tail: { poll_min: 500ms, poll_max: 1s }
delivery: { retry_for: 20s, retry_min: 20ms, retry_max: 200ms }
destinations:
  splunk:
    type: splunk_hec
    url: ["${losing.origin}", "${steady.origin}"]
    token: "\${TOKEN}"
    acknowledgement: true
    acknowledgement_timeout: 10s
    batch: { items: 20 }
    allow_networks: [127.0.0.0/8]
default_destinations: [splunk]
`,
    );
    const env = { CONNECTION: azurite.connectionString, KEY, TOKEN };
    const first = await startServe({ configFile: file, env });
    closers.push(() => first.stop('SIGKILL'));
    const generator = createGenerator({ seed: SEED, now: Date.now });
    let endpoint = first.url;
    const writer = createWriter({
      service: BlobServiceClient.fromConnectionString(azurite.connectionString),
      account: azurite.account,
      tenantId: generator.tenantId,
      random: createRandom(SEED),
      notify: (event) => httpNotifier(`${endpoint}/events?code=${KEY}`)(event),
      now: Date.now,
      onRow: (row, blob, offset) =>
        ledger.written({ blob, offset, id: row.id, expected: [{ destination: 'splunk' }] }),
    });
    const write = async (rows: number) => {
      for (let row = 0; row < rows; row++) writer.add(generator.next());
      await writer.finish();
    };

    await write(ROWS / 2);
    // Both have batches that they have not acknowledged.
    await until(() => losing.counts.events > 0 && steady.counts.events > 0);
    await first.stop('SIGKILL');
    const atKill = { lost: losing.counts.events, arrived: ledger.account('splunk').arrived };
    expect(atKill.lost).toBeGreaterThan(0);

    const second = await startServe({ configFile: file, env });
    closers.push(() => second.stop('SIGKILL'));
    endpoint = second.url;
    const before = losing.counts.events;
    await write(ROWS / 4);
    await until(() => losing.counts.events > before, 30_000);
    await losing.close();
    closers.shift();
    await until(() => ledger.account('splunk').missing === 0);
    const { missing, unexpected, deadLetters, repeats, expected } = ledger.account('splunk');
    console.log(`${expected} rows; ${atKill.lost} were lost with the collector, ${repeats} came again`);
    expect({ missing, unexpected, deadLetters }).toEqual({ missing: 0, unexpected: 0, deadLetters: 0 });
    expect(await second.stop()).toBe(0);
  }, 300_000);
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { createGenerator } from '../../lab/generator/generator.ts';
import { createRandom } from '../../lab/generator/random.ts';
import { httpNotifier } from '../../lab/notifications.ts';
import { createLedger } from '../../lab/oracle/ledger.ts';
import { arrivedInEnvelope, arrivedInHec } from '../../lab/receivers/arrivals.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../lab/receivers/webhook.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { createWriter } from '../../lab/writer.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const SEED = 20261123;
const ROWS = 4_000;
const ROUNDS = 20;
/** Even: the last consumer has threads. */
const KILLS = 2;
const BATCH = 40;
const BLOBS = 8;
/** Of every second consumer. */
const THREADS = 2;
const KEY = 'a-key-for-the-endpoint';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

const ledger = createLedger(['splunk', 'hook']);
let folder: string;
let azurite: Azurite;
let splunk: HecReceiver;
let hook: WebhookReceiver;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-crash-'));
  azurite = await azuriteAccount();
  splunk = await startHecReceiver({
    token: TOKEN,
    onEvent: (event) => void ledger.arrived('splunk', arrivedInHec(event)),
  });
  const random = createRandom(SEED);
  hook = await startWebhookReceiver({
    secret: SECRET,
    onEvent: (event) => void ledger.arrived('hook', arrivedInEnvelope(event)),
    // Every second request fails, before anything of it was taken.
    fault: ({ number }) =>
      number % 2 === 0
        ? undefined
        : random.chance(0.5)
          ? { status: 503 }
          : random.chance(0.5)
            ? 'reset'
            : { status: 429 },
  });
});

afterAll(async () => {
  await Promise.all([splunk?.close(), hook?.close(), azurite?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const config = (threads: number) => `
storage: { connection_string: "\${CONNECTION}" }
queue: { visibility: 5s }
server: { keys: ["\${KEY}"] }
tail: { poll_min: 1s, poll_max: 2s }
limits: { blobs: ${BLOBS}, threads: ${threads} }
delivery: { retry_for: 20s, retry_min: 20ms, retry_max: 200ms }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8], batch: { items: ${BATCH} } }
  hook: { type: webhook, url: "${hook.url}", secrets: ["\${SECRET}"], allow_networks: [127.0.0.0/8], batch: { items: ${BATCH} } }
default_destinations: [splunk, hook]
`;

describe('a consumer that is killed again and again', () => {
  it('loses no row, keeps their order, and repeats no more than the batches on their way', async () => {
    const file = await writeConfig(folder, config(1));
    const threaded = await writeConfig(join(folder, 'threaded'), config(THREADS));
    const env = { CONNECTION: azurite.connectionString, KEY, TOKEN, SECRET };
    const endpoint = await startServe({ configFile: file, env, args: ['--no-consumer'] });
    let consumer: ServeProcess = await startServe({ configFile: file, env, args: ['--no-endpoint'] });

    const random = createRandom(SEED);
    const generator = createGenerator({ seed: SEED, now: Date.now });
    const writer = createWriter({
      service: BlobServiceClient.fromConnectionString(azurite.connectionString),
      account: azurite.account,
      tenantId: generator.tenantId,
      random,
      notify: httpNotifier(`${endpoint.url}/events?code=${KEY}`),
      now: Date.now,
      onRow: (row, blob, offset) =>
        ledger.written({
          blob,
          offset,
          id: row.id,
          expected: [{ destination: 'splunk' }, { destination: 'hook' }],
        }),
    });

    let kills = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (let row = 0; row < ROWS / ROUNDS; row++) writer.add(generator.next());
      await writer.append();
      await delay(100);
      if (round % Math.floor(ROUNDS / KILLS) === 3 && kills < KILLS) {
        await consumer.stop('SIGKILL');
        kills++;
        const configFile = kills % 2 === 0 ? threaded : file;
        consumer = await startServe({ configFile, env, args: ['--no-endpoint'] });
      }
    }
    await writer.finish();
    expect(kills).toBe(KILLS);

    const missing = () => ledger.account('splunk').missing + ledger.account('hook').missing;
    const deadline = Date.now() + 120_000;
    while (missing() > 0 && Date.now() < deadline) await delay(200);

    // The last consumer has threads: what they deliver is told as one.
    const figures = await (await fetch(`${consumer.monitoring}/metrics`)).text();
    const delivered = [...figures.matchAll(/^xdr_relay_delivered_total\{destination="splunk"\} (\d+)$/gm)];
    expect(delivered).toHaveLength(1);
    expect(Number(delivered[0]?.[1])).toBeGreaterThan(0);
    expect(await consumer.stop()).toBe(0);
    expect(consumer.log()).toMatch(/"thread":2,"message":"The consumer is running"/);
    expect(await endpoint.stop()).toBe(0);
    for (const name of ['splunk', 'hook']) {
      const { destination: _, expected, arrived, repeats, ...rest } = ledger.account(name);
      console.log(`${name}: ${arrived} of ${expected} arrived, ${repeats} came again after ${KILLS} kills`);
      expect({ name, arrived, ...rest }).toEqual({
        name,
        arrived: ROWS,
        deadLetters: 0,
        torn: 0,
        gone: 0,
        held: 0,
        missing: 0,
        waiting: 0,
        unexpected: 0,
        outOfOrder: 0,
      });
      expect(expected).toBe(ROWS);
      expect(repeats).toBeLessThanOrEqual(KILLS * THREADS * BLOBS * 2 * BATCH);
    }
    expect(hook.counts.faults).toBeGreaterThan(20);
  });
});

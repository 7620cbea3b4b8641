import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { createGenerator } from '../../lab/generator/generator.ts';
import { createRandom } from '../../lab/generator/random.ts';
import { httpNotifier } from '../../lab/notifications.ts';
import { createLedger, type Ledger } from '../../lab/oracle/ledger.ts';
import { arrivedInEnvelope, arrivedInHec } from '../../lab/receivers/arrivals.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../lab/receivers/webhook.ts';
import { startWorker, type WorkerProcess } from '../../lab/worker.ts';
import { createWriter } from '../../lab/writer.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { expectConsole } from './worker-console.ts';

const SEED = 20261123;
const KEY = 'a-key-for-the-endpoint';
const CONSOLE_KEY = 'a-key-for-the-console';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
/** Only what hangs takes so long. Milliseconds. */
const PATIENCE_MS = 120_000;
const ENDPOINTS = ['splunk', 'hook'] as const;

let root: string;
let azurite: Azurite;
let ledger: Ledger;
let splunk: HecReceiver;
let hook: WebhookReceiver;
let worker: WorkerProcess | undefined;
let over: AbortController;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'xdr-relay-worker-'));
});

afterEach(async () => {
  // One that is still starting when its test has failed ends, too.
  over.abort();
  await worker?.stop();
  worker = undefined;
  await Promise.all([splunk?.close(), hook?.close(), azurite?.stop()]);
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true, maxRetries: 3 });
});

/** A storage account, receivers that keep the books, and what a Worker for them is started with. */
async function prepare(name: string, variables: Readonly<Record<string, string>>) {
  over = new AbortController();
  azurite = await azuriteAccount();
  ledger = createLedger(ENDPOINTS);
  splunk = await startHecReceiver({
    token: TOKEN,
    onEvent: (event) => void ledger.arrived('splunk', arrivedInHec(event)),
    fault: ({ number }) => (number % 7 === 3 ? { status: 503 } : undefined),
  });
  hook = await startWebhookReceiver({
    secret: SECRET,
    onEvent: (event) => void ledger.arrived('hook', arrivedInEnvelope(event)),
    fault: ({ number }) => (number % 9 === 4 ? 'reset' : undefined),
  });
  const folder = join(root, name);
  await mkdir(join(folder, 'transforms'), { recursive: true });
  const configFile = join(folder, 'relay.yaml');
  await writeFile(
    configFile,
    `
storage:
  connection_string: \${CONNECTION}
  state_container: state-${name}
queue: { name: ${name}, visibility: 2s }
server: { keys: ["\${KEY}"] }
tail: { poll_min: 1s, poll_max: 2s }
delivery: { retry_for: 20s, retry_min: 20ms, retry_max: 200ms }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8], batch: { items: 50 } }
  hook: { type: webhook, url: "${hook.url}", secrets: ["\${SECRET}"], allow_networks: [127.0.0.0/8], batch: { items: 50 } }
default_destinations: [splunk, hook]
console: { login: { keys: [{ name: soc, key: "\${CONSOLE_KEY}", role: operator }] } }
`,
  );
  const secrets = { CONNECTION: azurite.connectionString, KEY, CONSOLE_KEY, TOKEN, SECRET };
  return {
    folder,
    configFile,
    signal: over.signal,
    variables: { ...secrets, ...variables },
  };
}

function rowsInto(origin: string) {
  const generator = createGenerator({ seed: SEED, now: Date.now });
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const writer = createWriter({
    service,
    account: azurite.account,
    tenantId: generator.tenantId,
    random: createRandom(SEED),
    notify: httpNotifier(`${origin}/events?code=${KEY}`),
    now: Date.now,
    onRow: (row, blob, offset) =>
      ledger.written({
        blob,
        offset,
        id: row.id,
        expected: ENDPOINTS.map((destination) => ({ destination })),
      }),
  });
  return {
    service,
    async write(rows: number): Promise<void> {
      for (let row = 0; row < rows; row++) writer.add(generator.next());
      await writer.append();
    },
    finish: () => writer.finish(),
  };
}

const missing = () => ENDPOINTS.reduce((sum, name) => sum + ledger.account(name).missing, 0);
const arrivedRows = () => Math.min(...ENDPOINTS.map((name) => ledger.account(name).arrived));

function expectAll(rows: number): void {
  for (const name of ENDPOINTS) {
    const { destination: _, repeats, ...rest } = ledger.account(name);
    console.log(`${name}: ${rest.arrived} of ${rest.expected} arrived, ${repeats} came again`);
    expect({ name, ...rest }).toEqual({
      name,
      expected: rows,
      arrived: rows,
      deadLetters: 0,
      torn: 0,
      gone: 0,
      held: 0,
      missing: 0,
      waiting: 0,
      unexpected: 0,
      outOfOrder: 0,
    });
  }
}

describe('the built Worker in workerd', () => {
  it('relays growing blobs through Cloudflare Queues, each in many invocations', async () => {
    const start = await prepare('cloudflare', { XDR_RELAY_INVOCATION_BYTES: '200000' });
    worker = await startWorker(start);
    const { write, finish } = rowsInto(worker.origin);
    for (let round = 0; round < 5; round++) {
      await write(600);
      await delay(300);
    }
    await finish();
    const deadline = Date.now() + PATIENCE_MS;
    while (missing() > 0 && Date.now() < deadline) await delay(200);
    expectAll(3000);
    await expectConsole(worker.origin, CONSOLE_KEY);

    const figures = await (await fetch(`${worker.origin}/metrics`)).text();
    const visits = Number(/xdr_relay_tasks_total\{result="again"\} (\d+)/.exec(figures)?.[1]);
    expect(visits).toBeGreaterThan(20);
  });

  it('is killed in the middle of its work, starts again, and misses nothing', async () => {
    const start = await prepare('azure', {
      XDR_RELAY_QUEUE: 'azure',
      XDR_RELAY_DRAIN_SECONDS: '1',
      XDR_RELAY_INVOCATION_BYTES: '2000000',
    });
    worker = await startWorker(start);
    const { service, write, finish } = rowsInto(worker.origin);
    await write(2000);
    const ticking = fireUntil(() => arrivedRows() >= 200, worker);
    const inTime = performance.now() + PATIENCE_MS;
    while (arrivedRows() < 200 && performance.now() < inTime) await delay(5);
    await worker.kill();
    await ticking;
    expect(arrivedRows()).toBeGreaterThanOrEqual(200);
    expect(arrivedRows()).toBeLessThan(2000);

    // Where Event Grid knows it.
    worker = await startWorker({ ...start, port: Number(new URL(worker.origin).port) });
    // What half a minute does: nobody renews the claims of the dead.
    await breakClaims(service.getContainerClient('state-azure'));
    await write(500);
    await finish();
    const deadline = Date.now() + PATIENCE_MS;
    while (missing() > 0 && Date.now() < deadline) await worker.cron();
    expectAll(2500);
  });
});

async function fireUntil(done: () => boolean, { cron }: WorkerProcess): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  // It fails when workerd is killed under it.
  while (!done() && Date.now() < deadline) await cron().catch(() => {});
}

async function breakClaims(state: ContainerClient): Promise<void> {
  for await (const { name } of state.listBlobsFlat({ prefix: 'claims/' })) {
    await state
      .getBlobClient(name)
      .getBlobLeaseClient()
      .breakLease(0)
      .catch(() => {});
  }
}

/** What two processes write about themselves for the console: one is killed and shown stale, the other one is alive, and their figures add up. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import type { Activity } from '../../src/relay/activity/activity.ts';
import { readActivity } from '../../src/relay/activity/read.ts';
import { capturedRows, captures, startCapture } from '../../src/relay/capture/ask.ts';
import { hourFolder } from '../../src/shared/blob-ref.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { ageActivity } from '../support/aged-activity.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const KEY = 'a-key-for-the-endpoint';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';
const ROWS = 5;

let folder: string;
let azurite: Azurite;
let splunk: HecReceiver;
const running: ServeProcess[] = [];
const env = () => ({ CONNECTION: azurite.connectionString, KEY, TOKEN });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-activity-'));
  azurite = await azuriteAccount();
  splunk = await startHecReceiver({ token: TOKEN });
});
afterAll(async () => {
  await Promise.all(running.map((relay) => relay.stop('SIGKILL')));
  await splunk?.close();
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(threads: number, ...args: readonly string[]): Promise<ServeProcess> {
  const configFile = await writeConfig(
    folder,
    `
storage: { connection_string: "\${CONNECTION}" }
server: { keys: ["\${KEY}"] }
console: { port: 0, capture: true, rows: { show: true } }
telemetry: { columns: { sample: 1 } }
limits: { threads: ${threads} }
tail: { poll_min: 200ms, poll_max: 1s }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8] }
default_destinations: [splunk]
`,
  );
  await writeFile(
    join(folder, 'transforms/DeviceEvents.yaml'),
    'table: DeviceEvents\ntransform: [{ redact: { columns: DeviceName } }]\n',
  );
  const relay = await startServe({ configFile, env: env(), args });
  running.push(relay);
  return relay;
}

/** A blob with rows whose event is a minute old. */
async function write({ url }: ServeProcess, tenant: string): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const container = service.getContainerClient(CONTAINER);
  await container.createIfNotExists();
  const name = `tenantId=${tenant}/${hourFolder(Date.now())}m=00/PT1H.json`;
  const blob = container.getAppendBlobClient(name);
  await blob.create();
  const rows = Array.from({ length: ROWS }, (_, n) =>
    JSON.stringify({
      time: new Date().toISOString(),
      tenantId: tenant,
      category: 'AdvancedHunting-DeviceEvents',
      properties: { Timestamp: new Date(Date.now() - 60_000).toISOString(), DeviceName: `host-${n}` },
    }).concat('\r\n'),
  ).join('');
  await blob.appendBlock(rows, rows.length);
  const answer = await fetch(`${url}/events?code=${KEY}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      id: tenant,
      eventType: 'Microsoft.Storage.BlobCreated',
      subject: '',
      data: { url: `${container.url}/${name}` },
    }),
  });
  expect(answer.status).toBe(200);
}

function state() {
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  return { documents: createAzureStateDocuments(service, 'xdr-relay-state'), clock: systemClock };
}

function read(): Promise<Activity> {
  const { documents, clock } = state();
  return readActivity(documents, clock, new AbortController().signal);
}

const states = ({ processes }: Activity) => processes.map(({ state }) => state);
const total = ({ counts }: { readonly counts: readonly number[] } = { counts: [] }) =>
  counts.reduce((sum, count) => sum + count, 0);

it('a killed process is stale, the other one is alive and says when it ends, and what both did adds up; rows are captured', async () => {
  const killed = await start(1);
  await write(killed, 'one');
  await expect.poll(async () => total((await read()).rows), { timeout: 90_000 }).toBe(ROWS);
  await killed.stop('SIGKILL');
  await ageActivity(state().documents, killed.child.pid);
  const living = await start(2);
  await write(living, 'two');
  await expect.poll(async () => total((await read()).rows), { timeout: 90_000 }).toBe(2 * ROWS);
  // A row is read before it is accepted, and a document may be written in between.
  const delivered = async () => total((await read()).destinations[0]?.delivered);
  await expect.poll(delivered, { timeout: 90_000 }).toBe(2 * ROWS);
  await expect.poll(async () => states(await read()), { timeout: 90_000 }).toEqual(['alive', 'stale']);
  // Delivered is not yet put down, and a document may be written in between.
  const oldest = async () => (await read()).destinations[0]?.oldestUndeliveredSeconds;
  await expect.poll(oldest, { timeout: 90_000 }).toBe(0);

  const activity = await read();
  const [splunkActivity] = activity.destinations;
  expect(total(splunkActivity?.delivered)).toBe(2 * ROWS);
  expect(splunkActivity?.name).toBe('splunk');
  // Those of the killed process, and those of the thread of the other one.
  expect(splunkActivity?.replies.length).toBeGreaterThanOrEqual(2);
  for (const reply of splunkActivity?.replies ?? [])
    expect(reply).toMatchObject({
      result: 'accepted',
      status: 200,
      excerpt: expect.stringContaining('Success'),
    });
  const [table] = activity.tables;
  expect(table?.name).toBe('DeviceEvents');
  expect(total(table?.rows)).toBe(2 * ROWS);
  expect(table?.columns.map(({ name }) => name)).toContain('DeviceName');
  expect(table?.latency.p50).toBeGreaterThan(30);
  expect(table?.latency.p95).toBeLessThan(300);
  const [first] = activity.processes;
  expect(first?.threads).toBe(2);
  // Its own blob, and that of the killed process from the time at which its claim ends; none between two documents.
  const blobs = async () => (await read()).processes[0]?.blobs;
  await expect.poll(blobs, { timeout: 90_000 }).toBeGreaterThanOrEqual(1);
  expect(first?.memoryBytes).toBeGreaterThan(10_000_000);
  expect(first?.rules).toBeTruthy();

  // A capture: consumers notice it at their next write, also in their threads.
  const { documents, clock } = state();
  await startCapture(documents, clock, { table: 'deviceevents', by: 'ada', rows: 3, ms: 120_000 });
  const captured = async () => {
    await write(living, `three-${performance.now()}`);
    return (await capturedRows(documents, clock, 'deviceevents'))?.rows.length;
  };
  await expect.poll(captured, { timeout: 90_000, interval: 3_000 }).toBe(3);
  const found = await capturedRows(documents, clock, 'deviceevents');
  expect(found?.full).toBe(true);
  for (const { text } of found?.rows ?? []) {
    expect(JSON.parse(text).properties.DeviceName).toBe('[redacted]');
    expect(text).not.toContain('host-');
  }
  expect(await captures(documents, clock)).toEqual([]);

  expect(await living.stop()).toBe(0);
  expect(states(await read())).toEqual(['stale', 'ended']);

  // One that takes notifications and serves the console is alive, and no consumer.
  await start(1, '--no-consumer');
  const consumers = async () => (await read()).processes.map(({ state, consumes }) => [state, consumes]);
  await expect.poll(consumers, { timeout: 90_000 }).toEqual([
    ['alive', false],
    ['stale', true],
    ['ended', true],
  ]);
});

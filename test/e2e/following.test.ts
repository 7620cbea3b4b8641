/** What following costs, counted in front of the storage: operations of idle looks and of growing visits, and how long an append takes. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { type CountingProxy, startCountingProxy } from '../../lab/counting-proxy.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { hourFolder } from '../../src/shared/blob-ref.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
/** `MEASURE=1`: as many tables as the targets speak of, for a minute and a half, at the default intervals. */
const MEASURES = process.env.MEASURE === '1';
const TABLES = MEASURES ? 30 : 3;
const ROUNDS = MEASURES ? 18 : 6;
const ROUND_MS = MEASURES ? 5_000 : 1_000;
const ROWS = MEASURES ? 20 : 2;
const IDLE_MS = MEASURES ? 60_000 : 5_000;
const TAIL = MEASURES ? '{}' : '{ poll_min: 500ms, poll_max: 1s }';
const STATE = 'xdr-relay-state';

let folder: string;
let azurite: Azurite;
let proxy: CountingProxy;
let splunk: HecReceiver;
let relay: ServeProcess;
const arrived = new Map<string, number>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-following-'));
  azurite = await azuriteAccount();
  proxy = await startCountingProxy(azurite);
  splunk = await startHecReceiver({
    token: TOKEN,
    onEvent: ({ event }) => {
      const key = JSON.stringify((event as { properties?: { n?: string } }).properties?.n);
      if (!arrived.has(key)) arrived.set(key, performance.now());
    },
  });
  const configFile = await writeConfig(
    folder,
    `
storage: { connection_string: "\${CONNECTION}" }
tail: ${TAIL}
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8] }
default_destinations: [splunk]
`,
  );
  relay = await startServe({
    configFile,
    env: { CONNECTION: proxy.connectionString, TOKEN },
    args: ['--no-endpoint'],
  });
}, 90_000);
afterAll(async () => {
  await relay?.stop();
  await Promise.all([splunk?.close(), proxy?.close()]);
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const containers = Array.from({ length: TABLES }, (_, n) => `insights-logs-advancedhunting-table${n}`);

/** CPU that the relay's process has used. Milliseconds. */
function cpuMs(): number {
  const fields = readFileSync(`/proc/${relay.child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

it("reads the state's version once at a start, and marks a new state", () => {
  const requests = proxy.operations.filter(({ url }) => url.includes('/version.json'));
  expect(requests.map(({ name, status }) => `${name} ${status}`)).toEqual(['GetBlob 404', 'PutBlob 201']);
});

it('costs one operation a look, and three at most where a blob grew', async () => {
  const direct = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient('xdr-relay');
  const name = `tenantId=t/${hourFolder(Date.now())}m=00/PT1H.json`;
  const sent = new Map<string, number>();
  const append = async (container: string, round: number) => {
    const rows = Array.from({ length: ROWS }, (_, n) => {
      const key = `${container} ${round} ${n}`;
      const properties = { Timestamp: new Date().toISOString(), n: key, text: 'x'.repeat(1_500) };
      sent.set(JSON.stringify(key), performance.now());
      return `${JSON.stringify({ time: new Date().toISOString(), tenantId: 't', category: 'AdvancedHunting-DeviceEvents', properties })}\r\n`;
    }).join('');
    await direct
      .getContainerClient(container)
      .getAppendBlobClient(name)
      .appendBlock(rows, Buffer.byteLength(rows));
  };
  for (const container of containers) {
    await direct.getContainerClient(container).create();
    await direct.getContainerClient(container).getAppendBlobClient(name).create();
    const blob = { account: azurite.account, container, name };
    const task = { v: 1, id: crypto.randomUUID(), blob, origin: 'notification' };
    await queue.sendMessage(Buffer.from(JSON.stringify(task)).toString('base64'));
    await append(container, 0);
  }
  const missing = () => [...sent.keys()].filter((key) => !arrived.has(key));
  const settled = async () => {
    for (let waited = 0; missing().length > 0 && waited < 60_000; waited += 100) await delay(100);
    expect(missing()).toEqual([]);
  };
  await settled();
  await delay(3_000);

  proxy.reset();
  const began = cpuMs();
  const first = performance.now();
  for (let round = 1; round <= ROUNDS; round++) {
    for (const container of containers) {
      await append(container, round);
      await delay(ROUND_MS / containers.length);
    }
  }
  await settled();
  const growingCpu = cpuMs() - began;
  const growingMs = performance.now() - first;
  const source = proxy.operations.filter(({ container }) => containers.includes(container));
  const heads = source.filter(({ name: what }) => what === 'GetBlobProperties').length;
  const reads = source.filter(({ name: what }) => what === 'GetBlob').length;
  const state = proxy.operations.filter(
    ({ container, blob }) => container === STATE && /^(claims|checkpoints)\/insights/.test(blob),
  );
  const writes = state.filter(({ billed }) => billed === 'write').length;
  const leases = state.filter(({ billed }) => billed === 'lease').length;
  const others = state.length - writes - leases;
  // A visit is a look that found something to read, and ends with a checkpoint.
  const visits = writes;
  const idle = source.length - visits;

  await delay(MEASURES ? 240_000 : 4_000);
  proxy.reset();
  const idleBegan = cpuMs();
  await delay(IDLE_MS);
  const idleCpu = cpuMs() - idleBegan;
  const quiet = proxy.operations.filter(
    ({ container, blob }) =>
      containers.includes(container) || (container === STATE && /^(claims|checkpoints)\/insights/.test(blob)),
  );
  const latencies = [...sent]
    .map(([key, at]) => (arrived.get(key) ?? Number.NaN) - at)
    .slice(TABLES * ROWS)
    .sort((a, b) => a - b);
  const part = (of: number) => Math.round(latencies[Math.floor((latencies.length - 1) * of)] ?? 0);
  console.log(
    JSON.stringify({
      growing: {
        visits,
        heads,
        reads,
        writes,
        leases,
        others,
        cpuMs: growingCpu,
        perVisit: growingCpu / visits,
        seconds: growingMs / 1000,
        all: proxy.names(),
      },
      idle: {
        operations: quiet.length,
        cpuMs: idleCpu,
        perLook: idleCpu / Math.max(1, quiet.length),
        all: proxy.names(),
      },
      latency: { p50: part(0.5), p90: part(0.9), p99: part(0.99), max: part(1) },
    }),
  );
  // A look at a blob that grows reads it at once. Besides, a visit costs a checkpoint and at most one renewal of the claim.
  expect(heads).toBeLessThanOrEqual(TABLES);
  expect(writes).toBeGreaterThanOrEqual(TABLES * 2);
  // What a consumer reads when it begins to follow a blob; on a busy machine it may begin with one twice.
  expect(others).toBeLessThanOrEqual(2 * TABLES);
  expect(source.length + state.length - idle).toBeLessThanOrEqual(3 * visits + 2 * TABLES);
  // In the suite the blobs have grown a moment ago.
  const looks = MEASURES ? ['GetBlobProperties'] : ['GetBlobProperties', 'GetBlob'];
  expect(quiet.filter(({ name: what }) => !looks.includes(what))).toEqual([]);
  expect(quiet.length).toBeGreaterThanOrEqual(TABLES);
}, 600_000);

/** What `serve` exports by OTLP: the trace of a blob, from the notification to the delivery, and metrics; and that nothing waits for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../lab/receivers/otlp.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { hourFolder } from '../../src/shared/blob-ref.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const KEY = 'a-key-for-the-endpoint';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
const OTLP_KEY = 'a-key-of-the-collector';
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';
const ROWS = 5;

let folder: string;
let azurite: Azurite;
let splunk: HecReceiver;
let collector: OtlpReceiver;
/** Whether the collector answers at all. */
let hangs = false;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-telemetry-'));
  azurite = await azuriteAccount();
  splunk = await startHecReceiver({ token: TOKEN });
  collector = await startOtlpReceiver({
    headers: { 'api-key': OTLP_KEY },
    fault: () => (hangs ? { delayMs: 600_000 } : undefined),
  });
});
afterAll(async () => {
  await Promise.all([splunk?.close(), collector?.close()]);
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

const rows = Array.from({ length: ROWS }, (_, n) =>
  JSON.stringify({
    time: new Date().toISOString(),
    tenantId: 't',
    category: 'AdvancedHunting-DeviceEvents',
    properties: { DeviceName: `secret-host-${n}` },
  }).concat('\r\n'),
).join('');

async function start(threads: number) {
  const configFile = await writeConfig(
    folder,
    `
storage: { connection_string: "\${CONNECTION}" }
server: { keys: ["\${KEY}"] }
telemetry: { sample: 1, interval: 1s, columns: { sample: 1 } }
log: { level: debug }
limits: { threads: ${threads} }
tail: { poll_min: 200ms, poll_max: 1s }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8] }
default_destinations: [splunk]
`,
  );
  const env = {
    CONNECTION: azurite.connectionString,
    KEY,
    TOKEN,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
    OTEL_EXPORTER_OTLP_HEADERS: `api-key=${OTLP_KEY}`,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  };
  return startServe({ configFile, env });
}

/** As Defender does it: the notification comes while the blob is still empty. Rows follow when `isTime` says so. */
async function announceAndFill(
  { url }: ServeProcess,
  tenant: string,
  isTime: () => boolean = () => true,
): Promise<void> {
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
    CONTAINER,
  );
  await container.createIfNotExists();
  const name = `tenantId=${tenant}/${hourFolder(Date.now())}m=00/PT1H.json`;
  const blob = container.getAppendBlobClient(name);
  await blob.create();
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
  await expect.poll(isTime, { timeout: 60_000 }).toBe(true);
  await blob.appendBlock(rows, rows.length);
}

it('exports one trace from the notification to the delivery, through the queue and a thread, and its metrics', async () => {
  const relay = await start(2);
  const tenant = 'traced';
  // The sweep at the start would visit the blob too, in no trace or in another one.
  await expect.poll(() => relay.log(), { timeout: 60_000 }).toContain('Sweep ended');
  // The trace ends with the first visit that reads rows: the one before it has found none.
  const visited = () =>
    collector.spans.some(
      ({ name, attributes }) =>
        name === 'visit blob' && String(attributes['xdr_relay.blob']).includes(tenant),
    );
  await announceAndFill(relay, tenant, visited);
  await expect.poll(() => splunk.counts.events, { timeout: 60_000 }).toBe(ROWS);
  expect(await relay.stop()).toBe(0);

  expect(collector.complaints).toEqual([]);
  const spans = collector.spans.filter(({ attributes, name }) =>
    name === 'send batch' ? true : String(attributes['xdr_relay.blob']).includes(tenant),
  );
  const root = spans.find(({ name }) => name === 'receive notification');
  expect(root).toMatchObject({ kind: 4, parentSpanId: undefined });
  const visits = spans.filter(({ name, traceId }) => name === 'visit blob' && traceId === root?.traceId);
  expect(visits.length).toBeGreaterThanOrEqual(2);
  for (const visit of visits) expect(visit.parentSpanId).toBe(root?.spanId);
  const sent = spans.filter(({ name, traceId }) => name === 'send batch' && traceId === root?.traceId);
  expect(sent.reduce((sum, { attributes }) => sum + Number(attributes['xdr_relay.items']), 0)).toBe(ROWS);
  for (const { parentSpanId } of sent) expect(visits.map(({ spanId }) => spanId)).toContain(parentSpanId);
  expect(JSON.stringify(collector.spans)).not.toContain('secret-host');

  const delivered = collector.points.filter(({ name }) => name === 'xdr_relay_delivered_total').at(-1);
  expect(delivered).toMatchObject({ labels: { destination: 'splunk' }, value: ROWS, kind: 'sum' });
  expect(collector.points.map(({ name }) => name)).toContain('xdr_relay_oldest_undelivered_seconds');
  // What a thread has measured reaches the collector as well.
  expect(collector.points.filter(({ name }) => name === 'xdr_relay_column_bytes_total').at(-1)).toMatchObject(
    {
      labels: { table: 'DeviceEvents', column: 'DeviceName' },
      value: 28 * ROWS,
    },
  );
  expect(relay.log()).not.toContain(OTLP_KEY);
});

it('delivers, answers and ends in time while nobody takes its telemetry', async () => {
  hangs = true;
  const relay = await start(1);
  const before = splunk.counts.events;
  await announceAndFill(relay, 'hanging');
  await expect.poll(() => splunk.counts.events, { timeout: 60_000 }).toBe(before + ROWS);
  await expect
    .poll(async () => (await fetch(`${relay.monitoring}/metrics`)).text(), { timeout: 60_000 })
    .toContain('xdr_relay_telemetry_exports_total{type="spans",result="timeout"} 1');
  // "DeviceName":"secret-host-0" is 28 bytes; the sample takes each row once, however often its blob is visited.
  expect(await (await fetch(`${relay.monitoring}/metrics`)).text()).toContain(
    `xdr_relay_column_bytes_total{table="DeviceEvents",column="DeviceName"} ${28 * ROWS}\n`,
  );
  const began = performance.now();
  expect(await relay.stop()).toBe(0);
  // Far less than the collector takes: how much less is for test/hosts/node/telemetry.test.ts.
  expect(performance.now() - began).toBeLessThan(60_000);
});

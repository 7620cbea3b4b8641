/** The console as `serve` hands it out: two real processes over Azurite, one of which is killed and shown stale on every page with figures. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { notificationRequest } from '../../lab/notifications.ts';
import { freePort } from '../../lab/process.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { hourFolder } from '../../src/shared/blob-ref.ts';
import { ageActivity } from '../support/aged-activity.ts';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const KEY = 'a-key-for-the-endpoint';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';
const ROWS = 50;
/** On a busy machine. */
const LONG_MS = 60_000;

let folder: string;
let azurite: Azurite;
let splunk: HecReceiver;
const running: ServeProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-served-'));
  azurite = await azuriteAccount();
  splunk = await startHecReceiver({ token: TOKEN });
});
afterAll(async () => {
  await Promise.all(running.map((relay) => relay.stop('SIGKILL')));
  await splunk?.close();
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<{ readonly relay: ServeProcess; readonly url: string }> {
  const port = await freePort();
  const configFile = await writeConfig(
    await mkdtemp(join(folder, 'relay-')),
    `
storage: { connection_string: "\${CONNECTION}" }
server: { keys: ["\${KEY}"] }
console: { port: ${port} }
tail: { poll_min: 200ms, poll_max: 1s }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8] }
default_destinations: [splunk]
`,
  );
  const relay = await startServe({ configFile, env: { CONNECTION: azurite.connectionString, KEY, TOKEN } });
  running.push(relay);
  return { relay, url: `http://127.0.0.1:${port}/console/` };
}

async function write({ url }: ServeProcess): Promise<void> {
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
    CONTAINER,
  );
  await container.createIfNotExists();
  const name = `tenantId=t/${hourFolder(Date.now())}m=00/PT1H.json`;
  const blob = container.getAppendBlobClient(name);
  await blob.create();
  const time = new Date().toISOString();
  const rows = Array.from({ length: ROWS }, (_, n) =>
    JSON.stringify({
      time,
      tenantId: 't',
      category: 'AdvancedHunting-DeviceEvents',
      properties: { Timestamp: time, DeviceName: `<script>alert(${n})</script>` },
    }).concat('\r\n'),
  ).join('');
  await blob.appendBlock(rows, Buffer.byteLength(rows));
  const event = {
    ref: { account: azurite.account, container: CONTAINER, name },
    url: `${container.url}/${name}`,
    id: crypto.randomUUID(),
    at: Date.now(),
  };
  const { contentType, body } = notificationRequest(event, 'event_grid');
  const headers = { 'content-type': contentType };
  const { status } = await fetch(`${url}/events?code=${KEY}`, { method: 'POST', headers, body });
  expect(status).toBe(200);
}

function documents() {
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  return createAzureStateDocuments(service, 'xdr-relay-state');
}

describe.skipIf(!hasBrowser())('the console of serve', () => {
  it('shows both processes, the rows of both, and the killed one as stale', {
    timeout: 240_000,
  }, async () => {
    const [killed, living] = await Promise.all([start(), start()]);
    await write(killed.relay);
    const { page, faults, violations, close } = await openPage(living.url);
    page.setDefaultTimeout(LONG_MS);
    const processes = page.getByRole('table', { name: 'Processes of the relay' });
    await expect.poll(() => processes.getByText('alive').count(), { timeout: 90_000 }).toBe(2);
    await page.getByRole('region', { name: 'Picture of the flow' }).getByText('DeviceEvents').waitFor();
    await killed.relay.stop('SIGKILL');
    await ageActivity(documents(), killed.relay.child.pid);
    await processes.getByText('stale').waitFor();
    expect(await processes.getByText('alive').count()).toBe(1);
    await page.getByRole('link', { name: 'Tables' }).click();
    const table = page.getByRole('table', { name: 'Tables of which rows were read' });
    await table
      .getByRole('row')
      .filter({ hasText: 'DeviceEvents' })
      .getByText(String(ROWS), { exact: true })
      .waitFor();
    await page.getByText('One process is stale').waitFor();
    expect(await violations()).toEqual([]);
    await page.getByRole('link', { name: 'Destinations' }).click();
    await page.getByText('Stale: 1 process has not written in time').waitFor();
    await page
      .getByRole('row')
      .filter({ hasText: 'splunk' })
      .getByText(String(ROWS), { exact: true })
      .waitFor();
    expect(await violations()).toEqual([]);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });
});

/** The console as `serve` hands it out: two real processes over Azurite, one of which is killed and shown stale on every page; rows are not shown on any. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { notificationRequest } from '../../lab/notifications.ts';
import { type SlackReceiver, startSlackReceiver } from '../../lab/receivers/slack.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { hourFolder } from '../../src/shared/blob-ref.ts';
import { ageActivity } from '../support/aged-activity.ts';
import { hasBrowser, openPage } from '../support/browser.ts';
import { expectOnlyText } from '../support/only-text.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const KEY = 'a-key-for-the-endpoint';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';
const ROWS = 50;
/** A value of each row. */
const PERSON = 'j.doe.of.accounting';
const TITLE = 'Rows of <b>everything</b>';
const RULE = `title: ${TITLE}
id: 5d1c6f0e-0000-4000-8000-0000000000ee
logsource: { product: m365defender, category: DeviceEvents }
detection: { person: { AccountName: ${PERSON} }, condition: person }
level: high
`;
const SOC = `  soc: { type: slack, webhook_url: "\${SLACK}", allow_networks: [127.0.0.0/8] }`;
/** On a busy machine. */
const LONG_MS = 120_000;

let folder: string;
let azurite: Azurite;
let splunk: HecReceiver;
let slack: SlackReceiver;
const running: ServeProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-served-'));
  azurite = await azuriteAccount();
  splunk = await startHecReceiver({
    token: TOKEN,
    // As Splunk, but it repeats the row that it refuses.
    fault: ({ body }) =>
      body.includes('refused-row')
        ? {
            status: 400,
            body: JSON.stringify({ text: `Invalid data format: ${PERSON} "${PERSON}"`, code: 6 }),
          }
        : undefined,
  });
  slack = await startSlackReceiver();
});
afterAll(async () => {
  await Promise.all(running.map((relay) => relay.stop('SIGKILL')));
  await Promise.all([splunk?.close(), slack?.close()]);
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** @param people whether people are told of alerts, or machines alone. */
async function start(people: boolean): Promise<{ readonly relay: ServeProcess; readonly url: string }> {
  const configFile = await writeConfig(
    await mkdtemp(join(folder, 'relay-')),
    `
storage: { connection_string: "\${CONNECTION}" }
server: { keys: ["\${KEY}"] }
console: { port: 0, capture: true }
tail: { poll_min: 200ms, poll_max: 1s }
delivery: { retry_for: 1s, retry_min: 10ms, retry_max: 50ms }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8] }
${people ? SOC : ''}
default_destinations: [splunk]
alerts: [{ levels: [high], to: [${people ? 'splunk, soc' : 'splunk'}] }]
`,
  );
  const rule = join(dirname(configFile), 'transforms/detections/everything.yml');
  await mkdir(dirname(rule));
  await writeFile(rule, RULE);
  const env = { CONNECTION: azurite.connectionString, KEY, TOKEN, SLACK: slack.url };
  const relay = await startServe({ configFile, env, hasConsole: true });
  running.push(relay);
  return { relay, url: relay.console };
}

/** @param minute of the blob's name. */
async function write(
  { url }: ServeProcess,
  minute: string,
  device = (n: number) => `<script>alert(${n})</script>`,
) {
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
    CONTAINER,
  );
  await container.createIfNotExists();
  const name = `tenantId=t/${hourFolder(Date.now())}m=${minute}/PT1H.json`;
  const blob = container.getAppendBlobClient(name);
  await blob.create();
  const time = new Date().toISOString();
  const rows = Array.from({ length: ROWS }, (_, n) =>
    JSON.stringify({
      time,
      tenantId: 't',
      category: 'AdvancedHunting-DeviceEvents',
      properties: { Timestamp: time, DeviceName: device(n), AccountName: PERSON },
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
  it('shows both processes, the rows of both, and the killed one as stale on each page; values of rows on none', {
    timeout: 400_000,
  }, async () => {
    const [killed, living] = await Promise.all([start(false), start(true)]);
    await write(killed.relay, '00');
    const machines = await openPage(`${killed.url}alerts`);
    const open = await openPage(living.url, { expected: /status of 404/ });
    const { page, violations, close } = open;
    const said: string[] = [];
    page.on('response', async (response) => {
      if (response.url().includes('/api/')) said.push(await response.text().catch(() => ''));
    });
    page.setDefaultTimeout(LONG_MS);
    machines.page.setDefaultTimeout(LONG_MS);
    const processes = page.getByRole('table', { name: 'Processes of the relay' });
    await expect.poll(() => processes.getByText('alive').count(), { timeout: LONG_MS }).toBe(2);
    await page.getByRole('region', { name: 'Picture of the flow' }).getByText('DeviceEvents').waitFor();

    // Its relay.yaml names no people.
    await machines.page.getByText('machines are sent each alert as it is raised').waitFor();
    const matched = machines.page.getByRole('table', { name: 'Rules with hits in 24 hours' });
    const hits = matched.getByRole('row').filter({ hasText: TITLE }).filter({ hasText: 'splunk' });
    await hits.getByText(String(ROWS), { exact: true }).first().waitFor();
    expect(await machines.violations()).toEqual([]);
    await expectOnlyText(machines);
    await machines.close();

    const go = (name: string) => page.getByRole('link', { name, exact: true }).click();
    const sent = page.getByRole('row').filter({ hasText: 'splunk' });
    // What it has not written about its deliveries, nobody would know after its end.
    await go('Destinations');
    await sent
      .getByText(String(2 * ROWS), { exact: true })
      .first()
      .waitFor();
    await go('Now');
    await processes.getByText('alive').nth(1).waitFor();

    await killed.relay.stop('SIGKILL');
    await ageActivity(documents(), killed.relay.child.pid);
    await processes.getByText('stale').waitFor();
    await expect.poll(() => processes.getByText('alive').count()).toBe(1);
    const isStale = (then: RegExp) =>
      page
        .getByRole('main')
        .getByText(/^Stale: the process on .* has not written for/)
        .filter({ hasText: then })
        .waitFor();
    await go('Tables');
    const table = page.getByRole('table', { name: 'Tables of which rows were read' });
    await table
      .getByRole('row')
      .filter({ hasText: 'DeviceEvents' })
      .getByText(String(ROWS), { exact: true })
      .first()
      .waitFor();
    await isStale(/was read there since is not counted/);
    expect(await violations()).toEqual([]);
    await go('Destinations');
    await isStale(/part of the figures is as of then/);
    await sent
      .getByText(String(2 * ROWS), { exact: true })
      .first()
      .waitFor();
    expect(await violations()).toEqual([]);

    // Of the killed one's rows nothing is waited for: these are others.
    await write(living.relay, '01', (n) => (n === 7 ? 'refused-row' : `<script>alert(${n})</script>`));
    await go('Alerts');
    await isStale(/Another consumer reads its rows again/);
    const group = page.getByRole('article').filter({ hasText: TITLE }).first();
    await group.getByText('What the rows hold is not shown').waitFor();
    await group.getByRole('button', { name: 'Silence…' }).click();
    await page.getByRole('dialog').getByText('only the rule can be named here').waitFor();
    expect(await violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await expectOnlyText(open);
    await go('Dead letters');
    await isStale(/are tried by another consumer/);
    expect(await violations()).toEqual([]);
    await page
      .getByRole('table', { name: 'Put aside' })
      .or(page.getByRole('table', { name: 'Still tried' }))
      .first()
      .getByRole('link')
      .first()
      .click();
    await page.getByRole('link', { name: /ago$/ }).first().click();
    await page.getByText('Rows are not shown: the setting console.rows').first().waitFor();
    await expectOnlyText(open);
    await go('Setup');
    await isStale(/say nothing of that one/);
    await page.getByRole('button', { name: 'Run the checks: Destinations and messages' }).click();
    await page
      .getByText(/^Run .* by local/)
      .first()
      .waitFor();
    await expectOnlyText(open);
    await go('Rules');
    await page
      .getByText(/^Stale hits: the process on/)
      .first()
      .waitFor();
    await page.goto(`${living.url}destinations?destination=splunk`);
    await page.getByText('What destinations said in their replies is left out').waitFor();
    await expectOnlyText(open);
    await page.goto(`${living.url}playground`);
    await page.getByRole('button', { name: 'Sample' }).waitFor();
    expect(await page.getByRole('button', { name: 'Rows of the stream' }).count()).toBe(0);
    expect(said.length).toBeGreaterThan(20);
    expect(said.filter((one) => one.includes(PERSON) || one.includes('alert('))).toEqual([]);
    await close();
  });
});

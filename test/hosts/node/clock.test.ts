/** A consumer whose machine's clock is a day off: it goes by the clock of the storage account. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { shiftedEnvironment } from '../../../lab/clock/shifted-environment.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../../lab/receivers/webhook.ts';
import { type ServeProcess, startServe, writeConfig } from '../../../lab/serve.ts';
import { createBlobAccount } from '../../../src/azure/clients.ts';
import { relayConfigSchema } from '../../../src/config/schema.ts';
import { stateOf } from '../../../src/config/sources.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { CorrectedClock } from '../../../src/shared/corrected-clock.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';

const DAY = 86_400_000;
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await azuriteAccount();
});
afterAll(() => azurite.stop());

describe('the storage account’s clock', () => {
  const sas = () => {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const url = service.generateAccountSasUrl(new Date(Date.now() + 3_600_000), undefined, 'sco');
    const { search } = new URL(url);
    return `BlobEndpoint=${azurite.blobEndpoint};SharedAccessSignature=${search.slice(1)}`;
  };

  it.each([
    ['a key', () => azurite.connectionString, DAY],
    ['a shared access signature', sas, -DAY],
  ])('is read off each answer, with %s', async (_, connection, off) => {
    const clock = new CorrectedClock({ ...systemClock, now: () => Date.now() + off });
    const config = relayConfigSchema.parse({
      storage: { connection_string: connection() },
      destinations: {},
    });
    const { service } = createBlobAccount(stateOf(config), undefined, { clock });
    // An error tells the time as well as an answer.
    await expect(service.getContainerClient('not-there').getProperties()).rejects.toMatchObject({
      statusCode: 404,
    });
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(5_000);
  });
});

describe.each([
  ['ahead', DAY],
  ['behind', -DAY],
])('serve on a machine that is a day %s', (_, off) => {
  let folder: string;
  let hook: WebhookReceiver;
  let relay: ServeProcess | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xdr-relay-clock-'));
  });
  afterEach(async () => {
    await relay?.stop('SIGKILL');
    await hook.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('signs for the right time, writes moments that others can go by, and says that the clock is off', {
    timeout: 90_000,
  }, async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    hook = await startWebhookReceiver({ secret, store: true });
    const config = await writeConfig(
      folder,
      [
        // biome-ignore-start lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
        'storage: { connection_string: "${STORAGE}" }',
        `state: { container: state-${off > 0 ? 'ahead' : 'behind'} }`,
        `queue: { name: ${off > 0 ? 'ahead' : 'behind'} }`,
        'server: { keys: ["${KEY}"] }',
        'sweep: { interval: 1s }',
        `destinations: { hook: { type: webhook, url: "${hook.url}", secrets: ["\${SECRET}"], allow_networks: [127.0.0.0/8] } }`,
        // biome-ignore-end lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
        'default_destinations: [hook]',
        '',
      ].join('\n'),
    );
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const container = service.getContainerClient(CONTAINER);
    await container.createIfNotExists();
    const hour = new Date(Date.now() - 120_000).toISOString();
    const name = `tenantId=t${off}/y=${hour.slice(0, 4)}/m=${hour.slice(5, 7)}/d=${hour.slice(8, 10)}/h=${hour.slice(11, 13)}/m=00/PT1H.json`;
    const row = JSON.stringify({
      time: new Date().toISOString(),
      category: 'AdvancedHunting-DeviceEvents',
      properties: { Timestamp: new Date().toISOString(), DeviceId: 'd1', ReportId: 1 },
    });
    const blob = container.getAppendBlobClient(name);
    await blob.create();
    await blob.appendBlock(`${row}\n`, Buffer.byteLength(row) + 1);

    const clockFile = join(folder, 'clock');
    await writeFile(clockFile, String(off));
    const variables = {
      STORAGE: azurite.connectionString,
      KEY: 'a-key-that-is-long-enough',
      SECRET: secret,
    };
    relay = await startServe({ configFile: config, env: { ...shiftedEnvironment(clockFile), ...variables } });
    await fetch(`${relay.url}/events?code=a-key-that-is-long-enough`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        { id: '1', eventType: 'Microsoft.Storage.BlobCreated', subject: '', data: { url: blob.url } },
      ]),
    });

    for (let i = 0; hook.received.length === 0 && i < 1200; i++) await delay(50);
    if (hook.received.length === 0) throw new Error(relay.log());
    expect(hook.counts.refused).toBe(0);
    const state = service.getContainerClient(`state-${off > 0 ? 'ahead' : 'behind'}`);
    let due: number | undefined;
    while (due === undefined) {
      await delay(100);
      for await (const { name: path } of state.listBlobsFlat({ prefix: 'checkpoints/' })) {
        const { readableStreamBody } = await state.getBlobClient(path).download();
        const content = readableStreamBody ? await text(readableStreamBody) : '{}';
        due = (JSON.parse(content) as { next?: { due: number } }).next?.due;
      }
    }
    expect(Number.isInteger(due)).toBe(true);
    expect(Math.abs(due - Date.now())).toBeLessThan(120_000);
    const { log } = relay;
    await expect.poll(log, { timeout: 30_000 }).toContain('The clock of this machine is off');
    expect(await (await fetch(`${relay.monitoring}/metrics`)).text()).toMatch(
      off > 0 ? /xdr_relay_clock_offset_seconds -8\d{4}/ : /xdr_relay_clock_offset_seconds 8\d{4}/,
    );
  });
});

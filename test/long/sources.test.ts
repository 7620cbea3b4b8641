/** Two sources of one tenant, the state in a third account, a real relay: one source fails while the other flows. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { type FaultProxy, startFaultProxy } from '../../lab/fault-proxy.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { run } from '../cli/run.ts';

const KEY = 'a-key-for-the-endpoint';
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';
const ROWS = 40;
/** More blobs than the relay reads at once, so that one source could take every slot. */
const BLOBS = 20;

interface Arrived {
  readonly id: string;
  readonly source: { readonly name?: string; readonly blob: string; readonly offset: number };
}

let folder: string;
let azurite: Azurite;
let proxy: FaultProxy;
let hook: Server;
let relay: ServeProcess | undefined;
let arrived: Arrived[];

const keyOf = (account: string) => createHash('sha512').update(account).digest('base64');

function connection(account: string, blobOrigin = new URL(azurite.blobEndpoint).origin): string {
  const queueOrigin = new URL(azurite.queueEndpoint).origin;
  return `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${keyOf(account)};BlobEndpoint=${blobOrigin}/${account};QueueEndpoint=${queueOrigin}/${account};`;
}

const serviceOf = (account: string) => BlobServiceClient.fromConnectionString(connection(account));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-sources-'));
  const accounts = ['contoso', 'fabrikam', 'relaystate'].map((name) => `${name}:${keyOf(name)}`).join(';');
  azurite = await startAzurite({ env: { ...process.env, AZURITE_ACCOUNTS: accounts } });
  proxy = await startFaultProxy(azurite.blobEndpoint);
  arrived = [];
  hook = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as { data: { events: Arrived[] } };
    arrived.push(...body.data.events);
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
});

afterEach(async () => {
  await relay?.stop('SIGKILL');
  relay = undefined;
  hook.closeAllConnections();
  hook.close();
  await Promise.all([proxy?.close(), azurite?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** Of the hour that is under way: the sweep finds it, too. */
function blobName(number: number): string {
  const [year, month, day, hour] = new Date().toISOString().split(/[-T:]/);
  return `tenantId=t${number}/y=${year}/m=${month}/d=${day}/h=${hour}/m=00/PT1H.json`;
}

async function write(account: string, name: string): Promise<void> {
  const container = serviceOf(account).getContainerClient(CONTAINER);
  await container.createIfNotExists();
  const rows = Array.from({ length: ROWS }, (_, n) => {
    const properties = { Timestamp: new Date().toISOString(), account, name, n };
    return JSON.stringify({
      time: properties.Timestamp,
      category: 'AdvancedHunting-DeviceEvents',
      properties,
    });
  });
  const content = `${rows.join('\r\n')}\r\n`;
  const blob = container.getAppendBlobClient(name);
  await blob.create();
  await blob.appendBlock(content, content.length);
}

async function notify(origin: string, account: string, names: readonly string[]): Promise<void> {
  const events = names.map((name, index) => ({
    id: `${account}-${index}`,
    eventType: 'Microsoft.Storage.BlobCreated',
    subject: '',
    data: { url: `${origin}/${account}/${CONTAINER}/${name}` },
  }));
  const response = await fetch(`${relay?.url}/events?code=${KEY}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(await response.json()).toEqual({ queued: names.length, ignored: 0 });
}

async function until(what: () => boolean | Promise<boolean>, ms: number): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; await delay(200)) if (await what()) return;
  throw new Error(`Not within ${ms} ms. The relay said:\n${relay?.log().slice(-6_000)}`);
}

const of = (source: string) => arrived.filter(({ source: { name } }) => name === source);
const different = (list: readonly Arrived[]) => new Set(list.map(({ id }) => id)).size;

async function namesIn(account: string, container: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of serviceOf(account).getContainerClient(container).listBlobsFlat())
    names.push(name);
  return names;
}

describe.each([
  ['is forbidden from the start', { kind: 'status', status: 403, code: 'AuthorizationFailure' }, true],
  ['goes down while it is read', { kind: 'status', status: 503, code: 'ServerBusy' }, false],
] as const)('two sources, one of which %s', (_, fault, fromStart) => {
  it('the other flows, and the first catches up when it is back', async () => {
    const config = await writeConfig(
      folder,
      `
sources:
  - { name: contoso, default: true, connection_string: "\${CONTOSO}" }
  - { name: fabrikam, connection_string: "\${FABRIKAM}" }
state: { connection_string: "\${STATE}", container: relay-state }
server: { keys: ["\${KEY}"] }
limits: { blobs: 4 }
destinations:
  hook:
    type: webhook
    url: http://127.0.0.1:${(hook.address() as AddressInfo).port}/
    allow_networks: [127.0.0.0/8]
    batch: { age: 100ms }
default_destinations: [hook]
`,
    );
    const env = {
      CONTOSO: connection('contoso'),
      FABRIKAM: connection('fabrikam', proxy.url),
      STATE: connection('relaystate'),
      KEY,
    };
    const names = Array.from({ length: BLOBS }, (_, number) => blobName(number));
    for (const name of names) await write('fabrikam', name);
    const [shared = ''] = names;
    await write('contoso', shared);
    if (fromStart) proxy.fault = () => fault;
    relay = await startServe({ configFile: config, env });
    // Until it has looked where to begin.
    if (!fromStart) await until(() => relay?.log().includes('First start on this account') === true, 20_000);
    proxy.fault = () => fault;
    await notify(proxy.url, 'fabrikam', names);
    await notify(new URL(azurite.blobEndpoint).origin, 'contoso', [shared]);

    await until(() => different(of('contoso')) === ROWS, 45_000);
    expect(of('fabrikam')).toEqual([]);
    expect((await fetch(`${relay.monitoring}/readyz`)).status).toBe(200);
    const status = await run(['status', '--config', config, '--format', 'json'], { cwd: folder, env });
    expect([1, 3]).toContain(status.code);
    const report = JSON.parse(status.stdout) as { readonly trouble: string[] };
    expect(report.trouble).toContainEqual(expect.stringMatching(/^The lag of fabrikam cannot be read/));

    proxy.fault = () => undefined;
    await until(() => different(of('fabrikam')) === ROWS * BLOBS, 150_000);
    expect(new Set(arrived.map(({ source }) => source.name))).toEqual(new Set(['contoso', 'fabrikam']));
    expect(different(of('contoso'))).toBe(ROWS);

    const keys = [
      `checkpoints/${CONTAINER}/${shared}`,
      ...names.map((name) => `checkpoints/@fabrikam/${CONTAINER}/${name}`),
    ];
    await until(async () => {
      const state = await namesIn('relaystate', 'relay-state');
      return keys.every((key) => state.includes(key));
    }, 30_000);
    for (const account of ['contoso', 'fabrikam']) {
      expect(await namesIn(account, 'relay-state').catch(() => 'none')).toBe('none');
    }
    const metrics = await (await fetch(`${relay.monitoring}/metrics`)).text();
    expect(metrics).toMatch(
      new RegExp(`^xdr_relay_rows_total\\{[^}]*source="fabrikam"[^}]*\\} ${ROWS * BLOBS}$`, 'm'),
    );
    expect(metrics).toMatch(
      new RegExp(`^xdr_relay_rows_total\\{[^}]*source="contoso"[^}]*\\} ${ROWS}$`, 'm'),
    );
  });
});

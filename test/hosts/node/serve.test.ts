import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { type FaultProxy, startFaultProxy } from '../../../lab/fault-proxy.ts';
import { startEntraServer } from '../../../lab/receivers/entra.ts';
import { type ServeProcess, startServe, writeConfig } from '../../../lab/serve.ts';
import { tokenTenant } from '../../support/event-grid-token.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';

const KEY = 'a-key-that-is-long-enough';
/** What the process may take to end, with much room for a busy machine; Kubernetes gives 30 s. Milliseconds. */
const DEADLINE_MS = 15_000;

let azurite: Azurite;
let proxy: FaultProxy;
let folder: string;
let running: ServeProcess | undefined;
const sockets: Socket[] = [];

beforeAll(async () => {
  azurite = await azuriteAccount();
  proxy = await startFaultProxy(azurite.blobEndpoint);
});
afterAll(async () => {
  await proxy.close();
  await azurite.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-serve-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await running?.stop('SIGKILL');
  proxy.fault = () => undefined;
  await rm(folder, { recursive: true, force: true });
});

async function start(
  until: '/readyz' | '/healthz' = '/readyz',
  args: readonly string[] = [],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
  server = 'keys: ["${KEY}"]',
): Promise<ServeProcess> {
  const account = new URL(azurite.blobEndpoint).pathname;
  const config = await writeConfig(
    folder,
    `storage:\n  connection_string: \${STORAGE}\nserver: { ${server} }\ndestinations: {}\n`,
  );
  const STORAGE = azurite.connectionString.replace(
    /BlobEndpoint=[^;]+/,
    `BlobEndpoint=${proxy.url}${account}`,
  );
  running = await startServe({ configFile: config, env: { STORAGE, KEY }, until, args });
  return running;
}

const notification = () =>
  JSON.stringify({
    id: '1',
    eventType: 'Microsoft.Storage.BlobCreated',
    subject: '',
    data: { url: `${azurite.blobEndpoint}/insights-logs-advancedhunting-x/t/PT1H.json` },
  });

const post = (url: string, key = KEY) =>
  fetch(`${url}/events?code=${key}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: notification(),
  });

async function open(url: string, text: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await delay(50);
}

describe('tokens of Entra ID', () => {
  it('open the endpoint of a process that has no key', async () => {
    const entra = await startEntraServer();
    try {
      const tenant = await tokenTenant(entra.origin);
      const relay = await start('/readyz', [], tenant.entra);
      const send = async (claims?: object) => {
        const response = await fetch(`${relay.url}/events`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${await tenant.sign(claims)}`,
          },
          body: notification(),
        });
        return response.status;
      };
      expect(await send()).toBe(200);
      expect(await send({ aud: 'api://other' })).toBe(401);
      expect(await send({ roles: [] })).toBe(403);
      expect((await post(relay.url)).status).toBe(401);
      await until(() => relay.log().includes('token_missing'));
      expect(relay.log()).not.toMatch(/eyJ[\w-]{20}/);
      const metrics = await (await fetch(`${relay.monitoring}/metrics`)).text();
      expect(metrics).toMatch(/xdr_relay_notifications_total\{[^}]*reason="token_not_allowed"[^}]*\} 1/);
    } finally {
      await entra.close();
    }
  });
});

describe('case 14, start while storage is down', () => {
  it('answers 503 until the storage answers, and goes on by itself', async () => {
    proxy.fault = () => ({ kind: 'status', status: 503, code: 'ServerBusy' });
    const relay = await start('/healthz');
    const refused = await post(relay.url);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await refused.json()).toMatchObject({ error: { code: 'starting' } });
    expect((await post(relay.url, 'a-key-that-is-wrong-and-long')).status).toBe(401);
    await until(() => relay.log().includes('The start waits for the storage account'));
    const ready = await fetch(`${relay.monitoring}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      checks: { start: { ok: false, error: { message: expect.stringContaining('ServerBusy') } } },
    });
    expect((await fetch(`${relay.url}/healthz`)).status).toBe(200);

    proxy.fault = () => undefined;
    await until(async () => (await fetch(`${relay.monitoring}/readyz`)).ok);
    expect((await post(relay.url)).status).toBe(200);
    expect(relay.child.exit).toBeUndefined();
    expect(await relay.stop()).toBe(0);
  });

  it('waits for a role that is missing as well, and says which', async () => {
    proxy.fault = () => ({ kind: 'status', status: 403, code: 'AuthorizationPermissionMismatch' });
    const relay = await start('/healthz');
    await until(() => relay.log().includes('The identity needs the role Storage Blob Data Contributor'));
    proxy.fault = () => undefined;
    await until(async () => (await fetch(`${relay.monitoring}/readyz`)).ok);
    expect(await relay.stop()).toBe(0);
  });

  it('ends at once on SIGTERM, also while a request to the storage hangs', async () => {
    proxy.fault = () => ({ kind: 'stall', after: 0 });
    const relay = await start('/healthz');
    const began = performance.now();
    expect(await relay.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS);
  });
});

describe('ports', () => {
  it('shows metrics and readiness on their own port, and nothing of them on the public one', async () => {
    const relay = await start();
    const statusOf = async (url: string, path: string) => (await fetch(url + path)).status;
    for (const path of ['/metrics', '/readyz', '/healthz']) {
      expect([path, await statusOf(relay.monitoring, path)]).toEqual([path, 200]);
      expect([path, await statusOf(relay.url, path)]).toEqual([path, path === '/healthz' ? 200 : 404]);
    }
    expect((await post(relay.monitoring)).status).toBe(404);
    expect(await relay.stop()).toBe(0);
  });

  it('asks the account no oftener, however many look at metrics and readiness', async () => {
    const relay = await start();
    let asked = 0;
    proxy.fault = ({ url = '' }) => {
      // Sweeps list containers, too, but seldom.
      if (/comp=list/.test(url) && !/restype=container/.test(url)) asked += 1;
      else if (/xdr-relay-dead-letters/.test(url)) asked += 1;
      return undefined;
    };
    const ask = async (path: string) => {
      const reply = await fetch(relay.monitoring + path);
      await reply.arrayBuffer();
      return reply.status;
    };
    const asking = Array.from({ length: 500 }, (_, n) => ask(n % 2 === 0 ? '/metrics' : '/readyz'));
    expect(new Set(await Promise.all(asking))).toEqual(new Set([200]));
    // Containers and dead letters once each; the containers again where all of that took longer than five seconds.
    expect(asked).toBeLessThanOrEqual(6);
    expect(await relay.stop()).toBe(0);
  });

  it('binds no public port with --no-endpoint', async () => {
    const relay = await start('/readyz', ['--no-endpoint']);
    await expect(fetch(`${relay.url}/healthz`)).rejects.toThrow('fetch failed');
    expect((await fetch(`${relay.monitoring}/healthz`)).status).toBe(200);
    expect(await relay.stop()).toBe(0);
  });

  it('ends when its port for monitoring is taken, and frees that of the endpoint', async () => {
    const first = await start();
    const { port } = new URL(first.monitoring);
    await expect(start('/readyz', ['--monitoring-port', port])).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}`,
    );
    expect(await first.stop()).toBe(0);
  });
});

describe('shutdown', () => {
  it('ends within its deadline whatever connections are open', async () => {
    const relay = await start();
    const idle = await open(relay.url, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(idle, 'data');
    await open(
      relay.url,
      `POST /events?code=${KEY} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[`,
    );
    await open(relay.url, 'GET /healthz HTTP/1.1\r\nhost: x\r\n');
    // Asks for far more than the socket's buffers hold, and reads none of it.
    const deaf = await open(relay.monitoring, 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2_000));
    deaf.pause();
    await open(relay.url, '');
    const began = performance.now();
    expect(await relay.stop('SIGTERM')).toBe(0);
    expect(performance.now() - began).toBeLessThan(DEADLINE_MS);
    expect(relay.log()).toContain('xdr-relay has ended');
  });

  it('ends cleanly on Ctrl-C', async () => {
    const relay = await start();
    expect(await relay.stop('SIGINT')).toBe(0);
  });

  it('goes on after SIGHUP, and reads the rules again', async () => {
    const relay = await start();
    const version = () => relay.log().split('Rules are in force').length;
    const before = version();
    await writeFile(join(folder, 'transforms', 'DeviceEvents.yaml'), 'table: DeviceEvents\n');
    relay.child.signal('SIGHUP');
    await until(() => relay.log().includes('SIGHUP: reading relay.yaml, its secrets and the rules again'));
    await until(() => version() > before);
    expect((await fetch(`${relay.monitoring}/readyz`)).status).toBe(200);
    expect(await relay.stop()).toBe(0);
  });
});

it('case 14, keep-alive: connections stay open longer than the 60 s of usual balancers', async () => {
  const relay = await start();
  const socket = await open(relay.url, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(Number(/keep-alive: timeout=(\d+)/i.exec(String(answer))?.[1])).toBeGreaterThan(60);
});

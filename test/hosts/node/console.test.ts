// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { freePort } from '../../../lab/process.ts';
import { type ServeProcess, startServe, writeConfig } from '../../../lab/serve.ts';
import { consoleAssets } from '../../../src/hosts/node/console-assets.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';

let azurite: Azurite;
let folder: string;
const running: ServeProcess[] = [];
beforeAll(async () => {
  azurite = await azuriteAccount();
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-console-'));
});
afterAll(async () => {
  for (const relay of running) await relay.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
  await azurite.stop();
});

const KEY = 'the-console-key-of-anna';

async function relay(page: string, args: readonly string[] = []) {
  const port = await freePort();
  const configFile = await writeConfig(
    await mkdtemp(join(folder, 'relay-')),
    `storage: { connection_string: "\${STORAGE}" }
server: { keys: ["\${KEY}"] }
console: { port: ${port}${page} }
destinations: { hook: { type: webhook, url: "https://hook.example" } }
default_destinations: [hook]
`,
  );
  const env = { STORAGE: azurite.connectionString, KEY, ANNA: KEY };
  const started = await startServe({ configFile, env, args, until: '/healthz' });
  running.push(started);
  return { started, configFile, port, origin: `http://127.0.0.1:${port}` };
}

/** A request as it is written: `fetch` sets `Host` itself and leaves out dots in paths. */
function raw(
  port: number,
  path: string,
  host: string,
  agent?: Agent,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, headers: { host }, agent }, async (reply) => {
      resolve({ status: reply.statusCode ?? 0, body: await text(reply) });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('the console of a process', () => {
  it.each([['--no-consumer'], ['--no-endpoint']])('is served on loopback with %s', async (option) => {
    const { port, origin } = await relay('', [option]);
    const session = await fetch(`${origin}/console/api/session`);
    expect(await session.json()).toMatchObject({ viewer: { name: 'local', role: 'operator' }, logins: [] });
    const destinations = await fetch(`${origin}/console/api/destinations`);
    expect([destinations.status, JSON.stringify(await destinations.json())]).toEqual([
      200,
      expect.stringContaining('hook'),
    ]);
    expect((await raw(port, '/console/', 'attacker.example')).status).toBe(403);
    expect((await raw(port, '/console/../package.json', '127.0.0.1')).body).not.toContain('devDependencies');
    expect((await raw(port, '/console/assets/..%2f..%2fpackage.json', '127.0.0.1')).status).toBe(404);
    expect((await fetch(`${origin}/metrics`)).status).toBe(404);
    expect((await fetch(`${origin}/events`, { method: 'POST' })).status).toBe(404);
  });

  it('is nowhere without its section, and not open to others without a login', async () => {
    const open = relay('', ['--console-host', '0.0.0.0']);
    await expect(open).rejects.toThrow('The console would be open to everybody who reaches 0.0.0.0');
  });

  it('takes another login while it runs, and keeps the audit log in the state', async () => {
    const { origin, configFile, started } = await relay(
      ', login: { keys: [{ name: anna, key: "${ANNA}" }] }',
      ['--no-consumer'],
    );
    const login = () =>
      fetch(`${origin}/console/login`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: JSON.stringify({ key: KEY }),
      });
    const first = await login();
    expect(await first.json()).toEqual({ name: 'anna', role: 'viewer' });
    const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const session = async () =>
      (await fetch(`${origin}/console/api/session`, { headers: { cookie } })).json();
    expect(await session()).toMatchObject({ viewer: { role: 'viewer' } });
    const yaml = await readFile(configFile, 'utf8');
    await writeFile(configFile, yaml.replace('key: "${ANNA}"', 'key: "${ANNA}", role: operator'));
    await expect.poll(session, { timeout: 20_000 }).toMatchObject({ viewer: { role: 'operator' } });
    const audit = await fetch(`${origin}/console/api/audit`, { headers: { cookie } });
    expect(await audit.json()).toMatchObject({
      entries: [{ who: 'anna', what: 'logs in with a key', address: '127.0.0.1' }],
    });
    expect(started.log()).toContain('logs in with a key');
    expect(started.log()).not.toContain(KEY);
  });

  it('is closed when its section leaves relay.yaml, also for who is connected, and opens at the next start', async () => {
    const { port, configFile, started } = await relay('', ['--no-consumer']);
    const agent = new Agent({ keepAlive: true });
    const status = () =>
      raw(port, '/console/api/session', '127.0.0.1', agent).then(
        (reply) => reply.status,
        (error: NodeJS.ErrnoException) => error.code,
      );
    expect(await status()).toBe(200);
    const yaml = await readFile(configFile, 'utf8');
    await writeFile(configFile, yaml.replace(/^console: .*\n/m, ''));
    await expect.poll(status, { timeout: 20_000 }).toBe('ECONNREFUSED');
    expect(started.log()).toContain('The console is closed');
    expect((await fetch(`${started.url}/healthz`)).status).toBe(200);
    await writeFile(configFile, yaml);
    await expect
      .poll(() => started.log(), { timeout: 20_000 })
      .toContain('Changes of relay.yaml need a restart to come into force');
    expect(await status()).toBe('ECONNREFUSED');
    agent.destroy();
    await started.stop();
  });
});

describe("the console's files on disk", () => {
  it('are sent as the browser reads them, and none outside of their folder', async () => {
    const built = join(folder, 'built');
    await mkdir(join(built, 'assets'), { recursive: true });
    await writeFile(join(folder, 'secret.txt'), 'secret');
    await writeFile(join(built, 'assets/a.js'), 'plain');
    await writeFile(join(built, 'assets/a.js.br'), brotliCompressSync('plain'));
    await writeFile(join(built, 'assets/a.js.gz'), gzipSync('plain'));
    await writeFile(join(built, 'assets/b.js'), 'alone');
    const assets = consoleAssets(built);
    const encodingOf = async (path: string, ...accepted: string[]) =>
      (await assets.find(path, (encoding) => accepted.includes(encoding)))?.encoding;
    expect(await encodingOf('assets/a.js', 'gzip', 'br')).toBe('br');
    expect(await encodingOf('assets/a.js', 'gzip')).toBe('gzip');
    expect(await encodingOf('assets/a.js')).toBeUndefined();
    const all = () => true;
    expect((await assets.find('assets/b.js', all))?.body).toEqual(new TextEncoder().encode('alone'));
    for (const path of [
      '../secret.txt',
      'assets/../../secret.txt',
      '/etc/hostname',
      'assets',
      'none.js',
      '',
    ]) {
      expect([path, await assets.find(path, all)]).toEqual([path, undefined]);
    }
  });
});

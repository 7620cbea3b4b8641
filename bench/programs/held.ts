/** Measures what blobs that cannot be read cost a live one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { startAzurite } from '../../lab/azurite.ts';
import { startFaultProxy } from '../../lab/fault-proxy.ts';
import { httpNotifier, notificationRequest } from '../../lab/notifications.ts';
import { startWebhookReceiver } from '../../lab/receivers/webhook.ts';
import { startServe, writeConfig } from '../../lab/serve.ts';
import { hourFolder } from '../../src/shared/blob-ref.ts';
import { report } from '../program.ts';

// What blobs that cannot be read cost a live one: a real relay, Azurite behind a proxy that answers 409 BlobArchived to their GETs, and
// a row a second in a blob that grows. On 2 cores, polling every 1 to 2 s: mean 803 ms without them, 771 ms beside 240 of them (p95 1394 and
// 1352 ms), one GET and 8 storage calls for each. Usage: node bench/programs/held.ts [blobs] [seconds]

const BLOBS = Number(process.argv[2] ?? 240);
const SECONDS = Number(process.argv[3] ?? 40);
const KEY = 'a-key-for-the-endpoint';
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';

async function measure(archived: number): Promise<void> {
  const azurite = await startAzurite();
  const proxy = await startFaultProxy(azurite.blobEndpoint);
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-held-'));
  const arrivals = new Map<number, number>();
  const receiver = await startWebhookReceiver({
    onEvent: (event) => {
      const { n } = (event as { event: { n: number } }).event;
      if (!arrivals.has(n)) arrivals.set(n, performance.now());
    },
  });
  const calls = { gets: 0, all: 0, everything: 0 };
  proxy.fault = ({ method, url = '' }) => {
    calls.everything += 1;
    if (!url.includes('archived_')) return undefined;
    calls.all += 1;
    const isContent = method === 'GET' && url.includes(`/${CONTAINER}/`) && !url.includes('xdr-relay');
    if (!isContent) return undefined;
    calls.gets += 1;
    return { kind: 'status', status: 409, code: 'BlobArchived' };
  };
  const connection = azurite.connectionString.replaceAll(new URL(azurite.blobEndpoint).origin, proxy.url);
  const file = await writeConfig(
    folder,
    `
storage: { connection_string: "\${CONNECTION}" }
server: { keys: ["\${KEY}"] }
tail: { poll_min: 1s, poll_max: 2s }
destinations:
  hook: { type: webhook, url: "${receiver.url}", secrets: ["\${SECRET}"], allow_networks: [127.0.0.0/8] }
default_destinations: [hook]
`,
  );
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const container = service.getContainerClient(CONTAINER);
  await container.createIfNotExists();
  const relay = await startServe({ configFile: file, env: { CONNECTION: connection, KEY, SECRET } });
  try {
    const notifier = httpNotifier(`${relay.url}/events?code=${KEY}`);
    const notify = async (name: string) => {
      const ref = { account: azurite.account, container: CONTAINER, name };
      const url = `${azurite.blobEndpoint.replace(new URL(azurite.blobEndpoint).origin, proxy.url)}/${CONTAINER}/${name}`;
      await notifier(
        notificationRequest({ ref, url, id: crypto.randomUUID(), at: Date.now() }, 'event_grid'),
      );
    };
    const hour = `tenantId=t/${hourFolder(Date.now())}m=00/`;
    const names = Array.from({ length: archived }, (_, n) => `${hour}archived_${n}.json`);
    for (const name of names) await container.getBlockBlobClient(name).upload('x'.repeat(500), 500);
    const live = container.getAppendBlobClient(`${hour}PT1H.json`);
    await live.create();
    await notify(`${hour}PT1H.json`);
    await delay(2_000);
    for (const name of names) await notify(name);

    const written = new Map<number, number>();
    for (let n = 0; n < SECONDS; n++) {
      const row = {
        time: new Date().toISOString(),
        tenantId: 't',
        category: 'AdvancedHunting-DeviceEvents',
        properties: { n },
      };
      const line = `${JSON.stringify(row)}\n`;
      await live.appendBlock(line, line.length);
      written.set(n, performance.now());
      await delay(1_000);
    }
    await delay(5_000);
    const latencies = [...written]
      .map(([n, at]) => (arrivals.get(n) ?? Number.POSITIVE_INFINITY) - at)
      .sort((a, b) => a - b);
    const at = (share: number) => Math.round(latencies[Math.floor((latencies.length - 1) * share)] ?? 0);
    const mean = Math.round(latencies.reduce((sum, each) => sum + each, 0) / latencies.length);
    report({
      measure: {
        name: `a row beside ${archived} blobs that cannot be read`,
        value: mean,
        unit: 'ms',
        note:
          `${latencies.filter(Number.isFinite).length} of ${SECONDS} rows, median ${at(0.5)} ms, p95 ${at(0.95)} ms; ` +
          `${calls.gets} GETs of their content, ${calls.all} storage calls for them, ${calls.everything} in all`,
      },
    });
  } finally {
    await relay.stop();
    await receiver.close();
    await proxy.close();
    await azurite.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

await measure(0);
await measure(BLOBS);

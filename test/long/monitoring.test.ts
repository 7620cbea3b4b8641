/** Debian's Prometheus scrapes a running relay: every panel of the dashboard gets data, and every alarm's expression can be evaluated. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { freePort } from '../../lab/process.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../lab/receivers/otlp.ts';
import { type SlackReceiver, startSlackReceiver } from '../../lab/receivers/slack.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { DASHBOARD } from '../../scripts/pages/dashboard.ts';
import { hourFolder } from '../../src/shared/blob-ref.ts';

const KEY = 'a-key-for-the-endpoint';
const WATCH_KEY = 'a-key-of-those-who-watch';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
const RULES = join(import.meta.dirname, '../../deploy/prometheus/xdr-relay.rules.yaml');
/** Rates look back so far. */
const RATE_INTERVAL = '15s';
const ROUNDS = 24;

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
if (!hasPrometheus)
  console.warn('prometheus is missing: apt-get install prometheus. Its queries are not run.');

let folder: string;
let azurite: Azurite;
let splunk: HecReceiver;
let collector: OtlpReceiver;
let slack: SlackReceiver;
let lists: Server | undefined;
let relay: ServeProcess;
let prometheus: ChildProcess | undefined;
let api: string;
let said = '';

const answer = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
    ),
  }),
});

async function query(expr: string) {
  const response = await fetch(`${api}/query?query=${encodeURIComponent(expr)}`);
  const text = await response.text();
  const parsed = answer.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${expr}: ${text}`);
  return parsed.data.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

async function answers(url: string, headers: Record<string, string> = {}): Promise<void> {
  for (;;) {
    const reply = await fetch(url, { headers }).catch(() => undefined);
    if (reply?.ok) return;
    await delay(100);
  }
}

describe.skipIf(!hasPrometheus)('Prometheus', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xdr-relay-prometheus-'));
    azurite = await startAzurite();
    splunk = await startHecReceiver({ token: TOKEN });
    collector = await startOtlpReceiver();
    slack = await startSlackReceiver();
    const closed = await freePort();
    const feed = await startFeed();
    const configFile = await writeConfig(
      folder,
      `
storage: { connection_string: "\${CONNECTION}", retention: 1h }
server: { keys: ["\${KEY}"] }
monitoring: { keys: ["\${WATCH_KEY}"] }
telemetry: { endpoint: "${collector.origin}", interval: 1s, sample: 1, columns: { sample: 1 } }
tail: { poll_min: 500ms, poll_max: 1s }
delivery: { retry_for: 1s, retry_min: 100ms, retry_max: 500ms }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8] }
  hook: { type: webhook, url: "http://127.0.0.1:${closed}/", allow_networks: [127.0.0.0/8] }
  soc: { type: slack, webhook_url: "\${SLACK}", allow_networks: [127.0.0.0/8] }
default_destinations: [splunk, hook]
alerts: [{ levels: [high], to: [soc] }]
operational: { to: [soc] }
list_feeds:
  tools: { url: "http://127.0.0.1:${feed.port}/", format: text, every: 5m, allow_networks: [127.0.0.0/8] }
`,
    );
    const env = { CONNECTION: azurite.connectionString, KEY, WATCH_KEY, TOKEN, SLACK: slack.url };
    relay = await startServe({ configFile, env, until: '/healthz' });
    await answers(`${relay.monitoring}/readyz`, { authorization: `Bearer ${WATCH_KEY}` });
    await startPrometheus();
    await writeRows();
  }, 180_000);

  afterAll(async () => {
    if (prometheus) {
      const ended = once(prometheus, 'exit');
      prometheus.kill('SIGTERM');
      await ended;
    }
    await relay?.stop();
    await Promise.all([splunk?.close(), collector?.close(), slack?.close()]);
    lists?.close();
    await azurite?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  /** Serves a list. */
  async function startFeed(): Promise<AddressInfo> {
    lists = createServer((_, response) => void response.end('mimikatz.exe\npsexec.exe\n'));
    lists.listen(0, '127.0.0.1');
    await once(lists, 'listening');
    return lists.address() as AddressInfo;
  }

  async function startPrometheus(): Promise<void> {
    const port = await freePort();
    api = `http://127.0.0.1:${port}/api/v1`;
    const config = join(folder, 'prometheus.yaml');
    await writeFile(
      config,
      `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${JSON.stringify(RULES)}]
scrape_configs:
  - job_name: xdr-relay
    authorization: { credentials: ${WATCH_KEY} }
    static_configs: [{ targets: ["${new URL(relay.monitoring).host}"] }]
`,
    );
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    prometheus = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    prometheus.stderr?.on('data', (data) => {
      said += data;
    });
    await answers(`http://127.0.0.1:${port}/-/ready`);
  }

  /** Whether there is what is looked for once a minute only; Prometheus takes the increase of a counter from two samples on. */
  async function isEachSet(): Promise<boolean> {
    const found = await Promise.all([
      query('xdr_relay_operational_troubles'),
      query('xdr_relay_list_pull_failures'),
      query('count_over_time(xdr_relay_list_pulls_total[5m]) > 1'),
    ]);
    return found.every((samples) => samples.length > 0);
  }

  /** Two tables grow while Prometheus scrapes, until each gauge was set once; one has a row that cannot be read. */
  async function writeRows(): Promise<void> {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const blobs = [];
    for (const table of ['DeviceEvents', 'DeviceInfo']) {
      const container = service.getContainerClient(`insights-logs-advancedhunting-${table.toLowerCase()}`);
      await container.createIfNotExists();
      const name = `tenantId=t/${hourFolder(Date.now())}m=00/PT1H.json`;
      const blob = container.getAppendBlobClient(name);
      await blob.create();
      const notification = {
        id: table,
        eventType: 'Microsoft.Storage.BlobCreated',
        subject: '',
        data: { url: `${container.url}/${name}` },
      };
      const taken = await fetch(`${relay.url}/events?code=${KEY}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(notification),
      });
      expect(taken.status).toBe(200);
      blobs.push({ table, blob });
    }
    for (let round = 0; round < ROUNDS || !(await isEachSet()); round++) {
      for (const { table, blob } of blobs) {
        const row = JSON.stringify({
          time: new Date().toISOString(),
          tenantId: 't',
          category: `AdvancedHunting-${table}`,
          // No table has the last column, and nothing reads it.
          properties: { DeviceName: `host-${round}`, Timestamp: new Date().toISOString(), Unheard: 'of' },
        });
        const text = `${row}\r\n${round === 3 ? 'no row\r\n' : ''}`;
        await blob.appendBlock(text, text.length);
      }
      await delay(1_000);
    }
  }

  const panels = DASHBOARD.flatMap((row) =>
    row.panels.map((panel) => [`${row.title}: ${panel.title}`, panel] as const),
  );

  it.each(panels)('has data for the panel "%s"', async (_title, { queries }) => {
    for (const { expr } of queries) {
      const samples = await query(expr.replaceAll('$__rate_interval', RATE_INTERVAL));
      expect([expr, samples.some(({ value }) => !Number.isNaN(value))]).toEqual([expr, true]);
    }
  });

  it('sees what happens: rows, deliveries, the destination that is down, and one spelling of a table', async () => {
    const tables = await query('sum by (table) (xdr_relay_rows_total)');
    expect(tables.map(({ labels }) => labels.table).sort()).toEqual(['DeviceEvents', 'DeviceInfo']);
    const rates = await query(`sum by (destination) (rate(xdr_relay_delivered_total[${RATE_INTERVAL}]))`);
    expect(rates.find(({ labels }) => labels.destination === 'splunk')?.value).toBeGreaterThan(0);
    expect(await query('max by (destination) (xdr_relay_breaker_open) == 1')).toMatchObject([
      { labels: { destination: 'hook' } },
    ]);
    const waits = await query('xdr_relay_oldest_undelivered_seconds');
    const of = (name: string) => waits.find(({ labels }) => labels.destination === name)?.value ?? Number.NaN;
    expect(of('hook')).toBeGreaterThan(5);
    expect(of('splunk')).toBeLessThan(5);
    const lag = await query('xdr_relay_lag_bytes{destination="hook"}');
    expect(new Set(lag.map(({ labels }) => labels.table))).toEqual(new Set(['DeviceEvents', 'DeviceInfo']));
    expect(await query('xdr_relay_look_failed == 1')).toEqual([]);
    expect(await query('xdr_relay_telemetry_exports_total{result!="accepted"}')).toEqual([]);
  });

  it('finds no fault with the names, kinds and help texts', async () => {
    const headers = { authorization: `Bearer ${WATCH_KEY}` };
    const input = await (await fetch(`${relay.monitoring}/metrics`, { headers })).text();
    const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    // prom-client names three of its own gauges like counters.
    const faults = (stdout + stderr)
      .split('\n')
      .filter((line) => !/^xdr_relay_nodejs_active_\w+_total /.test(line));
    expect([status, faults.join('')]).toEqual([expect.any(Number), '']);
  });

  it('evaluates every alarm, whose metrics are all there, and waits for the one that is due', async () => {
    const rules = z
      .object({
        data: z.object({
          groups: z.array(
            z.object({
              rules: z.array(
                z.object({
                  name: z.string(),
                  query: z.string(),
                  health: z.string(),
                  lastError: z.string().optional(),
                }),
              ),
            }),
          ),
        }),
      })
      .parse(await (await fetch(`${api}/rules`)).json())
      .data.groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    const metadata = z
      .object({ data: z.record(z.string(), z.unknown()) })
      .parse(await (await fetch(`${api}/metadata`)).json());
    const known = new Set(Object.keys(metadata.data));
    const asked = rules.flatMap((rule) => rule.query.match(/\bxdr_relay_\w+/g) ?? []);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    const due = await query('ALERTS{alertname="XdrRelayDestinationOutOfService"}');
    expect(due).toMatchObject([
      { labels: { destination: 'hook', alertstate: 'pending', severity: 'critical' } },
    ]);
    expect(await query('ALERTS{alertname="XdrRelayAbsent"}')).toEqual([]);
    expect(said).not.toMatch(/level=error/);
  });
});

/** A relay whose relay.yaml and secrets change while rows flow: every row must arrive at each destination, in order. */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { expect } from 'vitest';
import { createGenerator } from '../../lab/generator/generator.ts';
import { createRandom } from '../../lab/generator/random.ts';
import { httpNotifier } from '../../lab/notifications.ts';
import { createLedger, type Ledger } from '../../lab/oracle/ledger.ts';
import { arrivedInEnvelope, arrivedInHec } from '../../lab/receivers/arrivals.ts';
import { startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startWebhookReceiver } from '../../lab/receivers/webhook.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { createWriter } from '../../lab/writer.ts';
import { azuriteAccount } from './shared-azurite.ts';

export interface ReloadingOptions {
  readonly seed: number;
  readonly reloads: number;
  /** After these reloads, by their number from 1, the process is killed a moment after the files were changed. */
  readonly kills: readonly number[];
  readonly rows: number;
  /** Whether the third destination is removed and comes back. A row that was on its way to it then waits until its task counts as lost. */
  readonly removes: boolean;
  readonly threads: number;
}

export interface ReloadingResult {
  readonly accounts: readonly ReturnType<Ledger['account']>[];
  /** Requests that were refused because of their token or signature. */
  readonly refused: number;
  /** What the log says about each reload: the keys that changed. */
  readonly changes: readonly (readonly string[])[];
  /** Secrets that the log contains. */
  readonly leaked: readonly string[];
  readonly exit: number | null;
}

const NAMES = ['splunk', 'hook', 'extra'] as const;
const KEY = 'a-key-for-the-endpoint';
const RELOADED_WITHIN_MS = 120_000;
/** A task that counts as lost is replaced after five minutes. */
const ARRIVED_WITHIN_MS = 400_000;

const secretOf = (n: number) => `whsec_${Buffer.from(`0123456789abcdef0123456789-${n}`).toString('base64')}`;
const tokenOf = (n: number) => `8f5b6c1e-6f0e-4a3e-9a4b-${String(n).padStart(12, '0')}`;

/** Secrets as Kubernetes mounts them: the files are links into a folder behind the link `..data`, which is swapped as a whole. */
async function mountSecrets(
  folder: string,
  files: Readonly<Record<string, string>>,
  n: number,
): Promise<void> {
  const version = `..version_${n}`;
  await mkdir(join(folder, version), { recursive: true });
  for (const [name, value] of Object.entries(files)) {
    await writeFile(join(folder, version, name), `${value}\n`);
    if (n === 0) await symlink(`..data/${name}`, join(folder, name));
  }
  await symlink(version, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
}

/** Runs {@link runReloading}, and expects that every row arrived in order, without refusals, and that the log has no secret. */
export async function checkReloading(options: ReloadingOptions): Promise<ReloadingResult> {
  const result = await runReloading(options);
  for (const { destination, expected, arrived, repeats, ...rest } of result.accounts) {
    console.log(`${destination}: ${arrived} of ${expected} arrived, ${repeats} came again`);
    const none = {
      deadLetters: 0,
      torn: 0,
      gone: 0,
      held: 0,
      missing: 0,
      waiting: 0,
      unexpected: 0,
      outOfOrder: 0,
    };
    expect({ destination, arrived, ...rest }).toEqual({ destination, arrived: expected, ...none });
    expect(expected).toBeGreaterThan(0);
  }
  const { leaked, refused, exit } = result;
  expect({ leaked, refused, exit }).toEqual({ leaked: [], refused: 0, exit: 0 });
  return result;
}

/** Runs a relay, writes rows all the time, and changes its files again and again. */
export async function runReloading(options: ReloadingOptions): Promise<ReloadingResult> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    return await runUntil(options, closing);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** @param closing gets what ends each part, as soon as that has started: the next may not start. */
async function runUntil(
  options: ReloadingOptions,
  closing: (() => Promise<unknown>)[],
): Promise<ReloadingResult> {
  const { seed, reloads, kills, rows, threads, removes } = options;
  const hasExtra = (n: number) => !removes || n % 3 !== 1;
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-reloading-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const secrets = join(folder, 'secrets');
  const ledger = createLedger([...NAMES]);
  // The secret of this reload and the one before are accepted: a request that is on its way, or tried again, carries the old one.
  let accepted: readonly number[] = [0];
  const azurite = await azuriteAccount();
  closing.push(() => azurite.stop());
  const splunk = await startHecReceiver({
    token: tokenOf(-1),
    moreTokens: () => accepted.map(tokenOf),
    onEvent: (event) => void ledger.arrived('splunk', arrivedInHec(event)),
  });
  closing.push(() => splunk.close());
  const hook = await startWebhookReceiver({
    onEvent: (event) => void ledger.arrived('hook', arrivedInEnvelope(event)),
    fault: ({ number }) => (number % 7 === 0 ? { delayMs: 300 } : number % 11 === 0 ? 'reset' : undefined),
  });
  closing.push(() => hook.close());
  const extra = await startWebhookReceiver({
    onEvent: (event) => void ledger.arrived('extra', arrivedInEnvelope(event)),
  });
  closing.push(() => extra.close());
  const lines: string[] = [];
  const changes: string[][] = [];
  const onLine = (line: string) => {
    lines.push(line);
    if (!line.includes('what changed is in force')) return;
    changes.push(JSON.parse(line).changed);
  };

  /** The n-th relay.yaml: each differs from the one before. */
  const yaml = (n: number) => `
storage: { connection_string: "\${CONNECTION}" }
queue: { visibility: 5s }
server: { keys: ["\${KEY}"] }
tail: { poll_min: 200ms, poll_max: 1s }
limits: { threads: ${threads} }
log: { level: ${n % 2 === 0 ? 'info' : 'debug'} }
delivery: { retry_for: 20s, retry_min: 20ms, retry_max: 200ms }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${file:secrets/hec-token}", allow_networks: [127.0.0.0/8], batch: { items: ${20 + (n % 5)} } }
  hook: { type: webhook, url: "${hook.url}", secrets: ["\${file:secrets/hook-secret}"], shape: relay, allow_networks: [127.0.0.0/8], batch: { items: 30 } }
${!hasExtra(n) ? '' : `  extra: { type: webhook, url: "${extra.url}", secrets: ["\${file:secrets/hook-secret}"], shape: relay, allow_networks: [127.0.0.0/8] }`}
default_destinations: [splunk, hook${hasExtra(n) ? ', extra' : ''}]
`;
  const secretFiles = (n: number) => ({ 'hec-token': tokenOf(n), 'hook-secret': secretOf(n) });
  const file = await writeConfig(folder, yaml(0));
  await mkdir(secrets);
  await mountSecrets(secrets, secretFiles(0), 0);
  const env = { CONNECTION: azurite.connectionString, KEY };
  // Notifications go to a process that is never killed.
  const endpoint = await startServe({ configFile: file, env, args: ['--no-consumer'] });
  closing.push(() => endpoint.stop('SIGKILL'));
  const start = () => startServe({ configFile: file, env, onLine, args: ['--no-endpoint'] });
  let relay: ServeProcess = await start();
  closing.push(() => relay.stop('SIGKILL'));

  const random = createRandom(seed);
  const generator = createGenerator({ seed, now: Date.now });
  const writer = createWriter({
    service: BlobServiceClient.fromConnectionString(azurite.connectionString),
    account: azurite.account,
    tenantId: generator.tenantId,
    random,
    notify: httpNotifier(`${endpoint.url}/events?code=${KEY}`),
    now: Date.now,
    onRow: (row, blob, offset) =>
      ledger.written({ blob, offset, id: row.id, expected: NAMES.map((destination) => ({ destination })) }),
  });
  let isWriting = true;
  let written = 0;
  const writing = (async () => {
    while (isWriting && written < rows) {
      for (let n = 0; n < 20; n++, written++) writer.add(generator.next());
      await writer.append();
      await delay(50);
    }
  })();

  closing.push(async () => {
    isWriting = false;
    writing.catch(() => {});
  });

  // The last one has all three destinations.
  for (let n = 1; n <= reloads; n++) {
    const before = changes.length;
    accepted = [n - 1, n];
    // As an editor does: a new file in place of the old one.
    await writeFile(join(folder, 'relay.yaml.new'), yaml(n === reloads ? 0 : n));
    await rename(join(folder, 'relay.yaml.new'), file);
    await mountSecrets(secrets, secretFiles(n), n);
    if (kills.includes(n)) {
      await delay(200 + random.int(0, 400));
      await relay.stop('SIGKILL');
      relay = await start();
    } else {
      const deadline = Date.now() + RELOADED_WITHIN_MS;
      const isReloaded = () =>
        changes.slice(before).flat().includes('destinations.splunk.token') &&
        changes.slice(before).flat().includes('destinations.hook.secrets');
      while (!isReloaded() && Date.now() < deadline) await delay(20);
      if (!isReloaded()) throw new Error(`reload ${n} did not come: ${relay.log()}`);
    }
    // Rows flow under it for a while.
    await delay(1_500 + random.int(0, 500));
  }
  isWriting = false;
  await writing;
  await writer.finish();
  const missing = () => NAMES.reduce((sum, name) => sum + ledger.account(name).missing, 0);
  const deadline = Date.now() + ARRIVED_WITHIN_MS;
  while (missing() > 0 && Date.now() < deadline) await delay(100);
  const exit = await relay.stop();
  const all = lines.join('\n');
  const known = Array.from({ length: reloads + 1 }, (_, n) => Object.values(secretFiles(n))).flat();
  return {
    accounts: NAMES.map((name) => ledger.account(name)),
    refused: splunk.counts.refused,
    changes,
    leaked: known.filter((secret) => all.includes(secret)),
    exit,
  };
}

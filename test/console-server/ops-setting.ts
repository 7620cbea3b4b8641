/** The console's views and acts over Azurite and a Splunk collector that a test commands. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Azurite } from '../../lab/azurite.ts';
import type { Fault } from '../../lab/receivers/server.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { secretValues } from '../../src/config/secrets.ts';
import { keptActivity } from '../../src/console/activity.ts';
import type { ActLimits, ConsoleContext, ConsoleHost } from '../../src/console/page.ts';
import { ACTS, VIEWS } from '../../src/console/pages.ts';
import type { DeadLetter } from '../../src/delivery/dead-letters.ts';
import type { AzurePorts } from '../../src/hosts/azure-ports.ts';
import { detectHost } from '../../src/hosts/node/console-detect.ts';
import { nodeCredentials } from '../../src/hosts/node/credential.ts';
import { nodeFiles } from '../../src/hosts/node/files.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { nodeKafkaClient } from '../../src/hosts/node/kafka/client.ts';
import { loadRules } from '../../src/hosts/node/rules.ts';
import { createDestinations } from '../../src/relay/destinations.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { appendTo, letter, storageOf } from '../support/storage-account.ts';

export const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';

export interface ConsoleSetting {
  readonly azurite: Azurite;
  readonly ports: AzurePorts;
  readonly splunk: HecReceiver;
  /** How the collector answers; undefined: it takes everything. */
  fault: ((body: string) => Fault) | undefined;
  /** What the console may do in one request. */
  most: ActLimits;
  /** `console.rows`. */
  rows: { show: boolean; mask: string[]; tables?: string[] };
  view<T extends object>(path: string, query?: Readonly<Record<string, string>>): Promise<T>;
  act<T extends object>(path: string, body: object): Promise<T>;
  put(n: number, more?: Partial<DeadLetter>, columns?: Readonly<Record<string, unknown>>): Promise<void>;
  append(hour: Date, text: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param own the storage account, which ends with the setting; by default one in the Azurite of all tests. */
export async function startConsoleSetting(own?: Azurite): Promise<ConsoleSetting> {
  const azurite = own ?? (await azuriteAccount());
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-console-'));
  const splunk: HecReceiver = await startHecReceiver({
    token: TOKEN,
    store: true,
    fault: ({ body }) => setting.fault?.(body),
  });
  await mkdir(join(folder, 'transforms'));
  const file = join(folder, 'relay.yaml');
  await writeFile(
    file,
    `
storage: { connection_string: "\${CONNECTION}" }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8] }
  archive: { type: file, path: ${JSON.stringify(join(folder, 'archive.jsonl'))} }
default_destinations: [splunk, archive]
delivery: { retry_for: 1s, retry_min: 10ms, retry_max: 50ms }
console: {}
`,
  );
  const { config, ports } = await storageOf(file, { CONNECTION: azurite.connectionString, TOKEN });
  const { clock } = ports;

  function context(): ConsoleContext {
    const { console, ...rest } = config;
    const host: ConsoleHost = {
      version: '0.0.0',
      destinations: (of) =>
        createDestinations(of, {
          http: nodeHttpClient,
          files: nodeFiles,
          kafka: nodeKafkaClient,
          clock,
          credentials: nodeCredentials,
        }),
      rules: () => loadRules(config, folder, ports.stateBlobs, new AbortController().signal),
      secrets: secretValues(config),
      most: setting.most,
      ...detectHost(folder),
    };
    return {
      config: { ...rest, ...(console && { console: { ...console, rows: setting.rows } }) },
      ports,
      services: { clock, logger: silentLogger, metrics: recordingMetrics() },
      host,
      activity: keptActivity(clock, { shares: true }),
      viewer: { name: 'test', role: 'operator' },
      signal: new AbortController().signal,
    };
  }

  // What a view or an act answers has gone through JSON, as it does for a browser.
  const told = <T>(answer: object): T => JSON.parse(JSON.stringify(answer));
  const setting: ConsoleSetting = {
    azurite,
    ports,
    splunk,
    fault: undefined,
    most: { letters: 100, ms: 20_000 },
    rows: { show: false, mask: [] },
    async view(path, query = {}) {
      const found = VIEWS.find((one) => one.path === path);
      if (!found) throw new Error(`there is no view ${path}`);
      return told(await found.read(query, context()));
    },
    async act(path, body) {
      const found = ACTS.find((one) => one.path === path);
      if (!found) throw new Error(`there is no act ${path}`);
      return told(await found.run(body, context()));
    },
    put: (n, more, columns) => ports.deadLetters.put(letter(n, columns, more)),
    append: (hour, text) => appendTo(azurite.connectionString, hour, text),
    async stop() {
      await Promise.all([azurite.stop(), splunk.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return setting;
}

/** A real `serve` with its console, over Azurite and a Splunk collector that a test commands. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import type { Fault } from '../../lab/receivers/server.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startServe, writeConfig } from '../../lab/serve.ts';
import type { DeadLetter } from '../../src/delivery/dead-letters.ts';
import type { AzurePorts } from '../../src/hosts/azure-ports.ts';
import { letter, storageOf } from '../support/storage-account.ts';

export const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
export const VIEWER_KEY = 'key-of-a-person-who-looks-on';
export const OPERATOR_KEY = 'key-of-a-person-who-mends-things';
const LOGIN = `  login:
    keys:
      - { name: looks-on, key: "\${VIEWER_KEY}" }
      - { name: mends, key: "\${OPERATOR_KEY}", role: operator }`;

export interface OpsServer {
  /** `http://127.0.0.1:1234/console/`. */
  readonly url: string;
  readonly ports: AzurePorts;
  readonly connectionString: string;
  readonly splunk: HecReceiver;
  /** How the collector answers; undefined: it takes everything. */
  fault: ((body: string) => Fault) | undefined;
  put(n: number, columns?: Readonly<Record<string, unknown>>, more?: Partial<DeadLetter>): Promise<void>;
  /** Removes all dead letters. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** @param login whether people log in, with {@link OPERATOR_KEY}, or {@link VIEWER_KEY} for who may only look. */
export async function startOpsServer(login: boolean): Promise<OpsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-ops-console-'));
  const azurite: Azurite = await startAzurite();
  const splunk: HecReceiver = await startHecReceiver({
    token: TOKEN,
    store: true,
    fault: ({ body }) => server.fault?.(body),
  });
  const file = await writeConfig(
    folder,
    `
storage: { connection_string: "\${CONNECTION}" }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8], timeout: 2s }
  archive: { type: file, path: ${JSON.stringify(join(folder, 'archive.jsonl'))} }
default_destinations: [splunk, archive]
delivery: { retry_for: 1s, retry_min: 10ms, retry_max: 50ms }
console:
  port: 0
  rows: { show: true, mask: [AccountName] }
${login ? LOGIN : ''}
`,
  );
  const env = { CONNECTION: azurite.connectionString, TOKEN, VIEWER_KEY, OPERATOR_KEY };
  const { ports } = await storageOf(file, env);
  const relay = await startServe({ configFile: file, env, args: ['--insecure'], hasConsole: true });
  const server: OpsServer = {
    url: relay.console,
    ports,
    connectionString: azurite.connectionString,
    splunk,
    fault: undefined,
    put: (n, columns, more) => ports.deadLetters.put(letter(n, columns, more)),
    async clear() {
      for await (const { name } of ports.deadLetters.list()) {
        const stored = await ports.deadLetters.get(name);
        if (stored) await ports.deadLetters.remove(name, stored.etag);
      }
    },
    async stop() {
      await relay.stop('SIGTERM');
      await Promise.all([azurite.stop(), splunk.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return server;
}

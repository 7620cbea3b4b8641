/** `xdr-relay serve` as the benches run it: the built command over Azurite, and what it has used so far. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import type { Azurite } from '../lab/azurite.ts';
import { httpNotifier, notificationRequest } from '../lab/notifications.ts';
import { startServe, writeConfig } from '../lab/serve.ts';
import { cpuSecondsOf, peakBytesOf } from './process-cost.ts';
import { profileArgs } from './program.ts';
import { benchEnvironment, benchYaml, ENDPOINT_KEY, type YamlSource } from './relay-yaml.ts';

/** A storage account on this machine: Azurite, or the counting proxy before it. */
export type Storage = Pick<Azurite, 'account' | 'connectionString'>;

export interface RelayStart extends YamlSource {
  /** Path of the command. */
  readonly command: string;
  readonly storage: Storage;
  /** A folder for relay.yaml and the log. */
  readonly folder: string;
  /** A folder for its CPU profile; none where left out. */
  readonly profile?: string | undefined;
  readonly signal: AbortSignal;
}

export interface RelayProcess {
  /** For writing rows, past any proxy or not. */
  readonly service: BlobServiceClient;
  /** Announces a blob as Event Grid does. */
  announce(container: string, name: string): Promise<void>;
  cpuSeconds(): Promise<number>;
  peakBytes(): Promise<number>;
  /** The last of its log. */
  log(): string;
  stop(): Promise<void>;
}

/** What the image and the unit of systemd set. */
const INSTALLED = { MALLOC_ARENA_MAX: '1' } as const;
/** `serve` drains for 25 s at most. Milliseconds. */
const PATIENCE_MS = 30_000;

/** Starts the relay and resolves when it is ready. */
export async function startBenchRelay(start: RelayStart): Promise<RelayProcess> {
  const { command, storage, signal, profile } = start;
  const folder = await mkdtemp(join(start.folder, 'relay-'));
  const configFile = await writeConfig(folder, benchYaml(start));
  const serve = await startServe({
    command,
    configFile,
    env: {
      ...benchEnvironment(storage.connectionString),
      ...INSTALLED,
      ...(profile !== undefined && { NODE_OPTIONS: profileArgs(profile).join(' ') }),
    },
    logFile: join(folder, 'relay.log'),
    ownGroup: true,
    signal,
  });
  const pid = serve.child.pid ?? 0;
  const service = BlobServiceClient.fromConnectionString(storage.connectionString);
  const notify = httpNotifier(`${serve.url}/events?code=${ENDPOINT_KEY}`);
  return {
    service,
    async announce(container, name) {
      const ref = { account: storage.account, container, name };
      // Not encoded: Event Grid writes `=` and `/` as they are.
      const url = `${service.getContainerClient(container).url}/${name}`;
      const request = notificationRequest(
        { ref, url, id: crypto.randomUUID(), at: Date.now() },
        'event_grid',
      );
      await notify(request, signal);
    },
    cpuSeconds: () => cpuSecondsOf(pid),
    peakBytes: () => peakBytesOf(pid),
    log: serve.log,
    async stop() {
      await serve.stop('SIGTERM', PATIENCE_MS);
    },
  };
}

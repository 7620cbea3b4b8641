/** Starts the relay on either of its hosts as a child process, for the demo and `npm run dev:worker`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RelayConfigSource, relayYaml } from './relay-config.ts';
import { startServe } from './serve.ts';
import { startWorker, type WorkerStart } from './worker.ts';

export interface RelayProcess {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** Where `/metrics` is: a port of its own, or on Workers the same as `origin`. */
  readonly monitoring: string;
  /** The address of the console; undefined where there is none. */
  readonly page?: string | undefined;
  /** Rejects if the relay ends without a call of `stop`. */
  readonly ended: Promise<never>;
  /** Ends the relay, politely at first, so that it drains. Resolves when it has ended. */
  stop(options?: { readonly patienceMs?: number }): Promise<void>;
}

export interface RelayStart {
  /** A folder for the relay's configuration and log. */
  readonly folder: string;
  readonly config: RelayConfigSource;
  readonly signal: AbortSignal;
  /** Path of the command that the process runs, where it is not that of the clone. */
  readonly command?: string;
}

/** How long to wait for the end. `serve` drains for 25 s at most, but on loopback it takes less. Milliseconds. */
const PATIENCE_MS = 20_000;
const CRON_MS = 60_000;

/** Starts `xdr-relay serve`. */
export async function startNodeRelay({ folder, config, signal, command }: RelayStart): Promise<RelayProcess> {
  const configFile = await writeRelayYaml(folder, config);
  let page: string | undefined;
  const { url, monitoring, child, stop } = await startServe({
    configFile,
    env: { ...config.secrets },
    logFile: join(folder, 'relay.log'),
    // Ctrl-C must reach only the starting process, which then ends the relay itself.
    ownGroup: true,
    signal,
    ...(command !== undefined && { command }),
    onLine(line) {
      const [, port, path] = /"port":(\d+),"path":"(\/console\/)"/.exec(line) ?? [];
      if (port !== undefined && path !== undefined) page = `http://127.0.0.1:${port}${path}`;
    },
  });
  return {
    origin: url,
    monitoring,
    page,
    ended: child.ended,
    async stop({ patienceMs = PATIENCE_MS } = {}) {
      await stop('SIGTERM', patienceMs);
    },
  };
}

/** Starts the Worker, with a cron trigger that fires each minute. */
export async function startWorkerRelay(
  start: RelayStart & Pick<WorkerStart, 'port' | 'onLine'>,
): Promise<RelayProcess> {
  const configFile = await writeRelayYaml(start.folder, start.config);
  const worker = await startWorker({ ...start, configFile, variables: { ...start.config.secrets } });
  const minute = setInterval(() => void worker.cron().catch(() => {}), CRON_MS);
  return {
    ...worker,
    monitoring: worker.origin,
    async stop(options) {
      clearInterval(minute);
      await worker.stop(options);
    },
  };
}

async function writeRelayYaml(folder: string, config: RelayConfigSource): Promise<string> {
  const file = join(folder, 'relay.yaml');
  await writeFile(file, relayYaml(config));
  return file;
}

/** The hosts on which the relay can run. */
export const HOSTS = { node: startNodeRelay, worker: startWorkerRelay } as const satisfies Readonly<
  Record<string, (start: RelayStart) => Promise<RelayProcess>>
>;
export type Host = keyof typeof HOSTS;

/** Starts the relay on a host; resolves once it is ready for notifications. */
export function startRelay(host: Host, start: RelayStart): Promise<RelayProcess> {
  return HOSTS[host](start);
}

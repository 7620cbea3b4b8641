/** Runs the built Worker in workerd, by `wrangler dev --local`. Each has its own folder, so that several can run at the same time. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, freePort, ProcessError, startChild, untilReady } from './process.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_WITHIN_MS = 90_000;
const PATIENCE_MS = 10_000;

export interface WorkerStart {
  /** A folder for the Worker's bundle, variables and log. */
  readonly folder: string;
  /** The path of the relay.yaml with which the Worker is built. */
  readonly configFile: string;
  /** Variables and secrets: those that relay.yaml names as `${NAME}`, and the Worker's own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** 0: any free port. */
  readonly port?: number;
  /** Called for each line that wrangler and the Worker write to the log. */
  readonly onLine?: (line: string) => void;
}

export interface WorkerProcess {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** Rejects if the Worker ends without a call of `stop`. */
  readonly ended: Promise<never>;
  /** Fires the cron trigger, as Cloudflare does each minute; resolves when the handler has ended. */
  cron(): Promise<void>;
  /** Ends the Worker, politely at first. Resolves when it has ended. */
  stop(options?: { readonly patienceMs?: number }): Promise<void>;
  /** Kills wrangler and workerd at once. */
  kill(): Promise<void>;
}

/** Builds and starts the Worker. Resolves when it is ready. */
export async function startWorker(start: WorkerStart): Promise<WorkerProcess> {
  const port = start.port || (await freePort());
  const origin = `http://127.0.0.1:${port}`;
  const child = await spawnWrangler(port, start);
  await untilReady('The Worker', child, {
    url: `${origin}/readyz`,
    withinMs: READY_WITHIN_MS,
    signal: start.signal,
  });
  return {
    origin,
    ended: child.ended,
    async stop({ patienceMs = PATIENCE_MS } = {}) {
      await child.stop('SIGTERM', patienceMs);
    },
    async kill() {
      await child.stop('SIGKILL');
    },
    async cron() {
      const response = await fetch(`${origin}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*&time=${Date.now()}`);
      await response.arrayBuffer();
      if (!response.ok) throw new ProcessError(`The cron trigger answered ${response.status}.`);
    },
  };
}

async function spawnWrangler(
  port: number,
  { folder, configFile, variables, onLine }: WorkerStart,
): Promise<Child> {
  const variablesFile = join(folder, 'worker.env');
  // Whether it is ready, and its figures, are for everybody on this machine.
  const all = { ...variables, XDR_RELAY_MONITORING: 'open' };
  await writeFile(variablesFile, envFile(all), { mode: 0o600 });
  const bundle = join(folder, 'files.js');
  const config = join(folder, 'wrangler.toml');
  await writeFile(config, elsewhere(await readFile(join(ROOT, 'wrangler.toml'), 'utf8'), bundle));
  const wrangler = dirname(createRequire(import.meta.url).resolve('wrangler/package.json'));
  return startChild({
    name: 'The Worker',
    args: [
      join(wrangler, 'bin/wrangler.js'),
      'dev',
      ...['--local', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
      ...['--config', config, '--env-file', variablesFile],
      ...['--persist-to', join(folder, 'state'), '--test-scheduled', '--live-reload=false'],
      ...['--show-interactive-dev-session=false', '--log-level', 'info'],
    ],
    cwd: folder,
    env: {
      ...process.env,
      NO_COLOR: '1',
      WRANGLER_SEND_METRICS: 'false',
      XDR_RELAY_CONFIG: configFile,
      XDR_RELAY_BUNDLE: bundle,
    },
    logFile: join(folder, 'relay.log'),
    ...(onLine && { onLine }),
    // Wrangler starts workerd, and both must end together.
    ownGroup: true,
  });
}

/** Adapts the repository's wrangler.toml for another folder and bundle. */
function elsewhere(toml: string, bundle: string): string {
  const path = (name: string) => JSON.stringify(join(ROOT, name));
  return toml
    .replace(/^main = "(.*)"$/m, (_, name: string) => `main = ${path(name)}`)
    .replace(/^command = "node (.*)"$/m, (_, name: string) => `command = 'node ${path(name)}'`)
    .replace(/^watch_dir = .*$/m, '')
    .replace('"./dist/worker/files.js"', JSON.stringify(bundle))
    .replace(/"\.\/dist\/worker\/(zod\.js|assets)"/g, (_, name: string) =>
      JSON.stringify(join(dirname(bundle), name)),
    )
    .replace(/= "\.\/((?:node_modules|src)\/.*)"$/gm, (_, name: string) => `= ${path(name)}`);
}

/** Formats variables as wrangler reads them. No value may contain a single quote. */
function envFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RelayProcess, RelayStart } from '../demo/relay.ts';
import { relayYaml } from '../demo/relay-config.ts';
import { RelayError } from '../src/shared/errors.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_WITHIN_MS = 90_000;
const PATIENCE_MS = 10_000;
const LAST_LINES = 30;

export interface WorkerStart {
  /** A folder of the Worker's own, for its bundle, its variables and its log. */
  readonly folder: string;
  /** Path of the relay.yaml it is built with. */
  readonly configFile: string;
  /** Variables and secrets: what relay.yaml names as `${NAME}`, and the Worker's own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** 0: any free port. */
  readonly port?: number;
  /** Called for each line that wrangler and the Worker write, beside the log file. */
  readonly onLine?: (line: string) => void;
}

export interface WorkerProcess extends RelayProcess {
  /** Fires the cron trigger, as Cloudflare does each minute; resolves when its handler has ended. */
  cron(): Promise<void>;
  /** Ends wrangler and workerd at once, in the middle of whatever they do. */
  kill(): Promise<void>;
}

/** The Worker as the demo's relay: the demo's relay.yaml, and a cron trigger that fires each minute. */
export async function startWorkerRelay(
  start: RelayStart & Pick<WorkerStart, 'port' | 'onLine'>,
): Promise<RelayProcess> {
  const configFile = join(start.folder, 'relay.yaml');
  await writeFile(configFile, relayYaml(start.config));
  const variables = { ...start.config.secrets, XDR_RELAY_METRICS: 'open' };
  const worker = await startWorker({ ...start, configFile, variables });
  const minute = setInterval(() => void worker.cron().catch(() => {}), 60_000);
  return {
    ...worker,
    async stop(options) {
      clearInterval(minute);
      await worker.stop(options);
    },
  };
}

/** Builds the Worker and runs it in workerd, with `wrangler dev --local`. Resolves when it is ready. */
export async function startWorker(start: WorkerStart): Promise<WorkerProcess> {
  const port = start.port || (await freePort());
  const origin = `http://127.0.0.1:${port}`;
  const variables = join(start.folder, 'worker.env');
  await writeFile(variables, envFile(start.variables), { mode: 0o600 });
  const bundle = join(start.folder, 'files.js');
  const config = join(start.folder, 'wrangler.toml');
  await writeFile(config, elsewhere(await readFile(join(ROOT, 'wrangler.toml'), 'utf8'), bundle));
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
    'bin/wrangler.js',
  );
  const child = spawn(
    process.execPath,
    [
      wrangler,
      'dev',
      ...['--local', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
      ...['--config', config, '--env-file', variables],
      ...['--persist-to', join(start.folder, 'state'), '--test-scheduled', '--live-reload=false'],
      ...['--show-interactive-dev-session=false', '--log-level', 'info'],
    ],
    {
      cwd: start.folder,
      env: {
        ...process.env,
        NO_COLOR: '1',
        WRANGLER_SEND_METRICS: 'false',
        XDR_RELAY_CONFIG: start.configFile,
        XDR_RELAY_BUNDLE: bundle,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C is for whoever started us, and workerd can be ended together with wrangler.
      detached: true,
    },
  );
  const killWithUs = () => signalGroup(child, 'SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));

  const last = keepLog(child, join(start.folder, 'relay.log'), start.onLine);
  let stopping = false;
  const ended = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(workerEnded('could not be started', last(), cause)));
    child.once('exit', (code, signal) => {
      if (!stopping) reject(workerEnded(`ended with ${signal ?? `exit code ${code}`}`, last()));
    });
  });
  ended.catch(() => {});

  async function end(signal: NodeJS.Signals, patienceMs: number): Promise<void> {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    signalGroup(child, signal);
    const late = setTimeout(() => signalGroup(child, 'SIGKILL'), patienceMs);
    await gone;
    clearTimeout(late);
  }
  const worker: WorkerProcess = {
    origin,
    ended,
    stop: ({ patienceMs = PATIENCE_MS } = {}) => end('SIGTERM', patienceMs),
    kill: () => end('SIGKILL', 0),
    async cron() {
      const response = await fetch(`${origin}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*&time=${Date.now()}`);
      await response.arrayBuffer();
      if (!response.ok) throw new RelayError('cron_failed', `The cron trigger answered ${response.status}`);
    },
  };
  try {
    await Promise.race([untilReady(origin, start.signal), ended, timeLimit(last, start.signal)]);
    return worker;
  } catch (error) {
    await worker.stop({ patienceMs: 2000 });
    throw error;
  }
}

/** The repository's wrangler.toml for use from another folder, with a bundle of its own: several may run at once. */
function elsewhere(toml: string, bundle: string): string {
  const path = (name: string) => JSON.stringify(join(ROOT, name));
  return toml
    .replace(/^main = "(.*)"$/m, (_, name: string) => `main = ${path(name)}`)
    .replace(/^command = "node (.*)"$/m, (_, name: string) => `command = 'node ${path(name)}'`)
    .replace(/^watch_dir = .*$/m, '')
    .replace('"./dist/worker/files.js"', JSON.stringify(bundle))
    .replace(/= "\.\/(node_modules\/.*)"$/gm, (_, name: string) => `= ${path(name)}`);
}

/** Wrangler, its bundler and workerd. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
}

/** In the form that wrangler reads; none of our values holds a single quote. */
function envFile(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  server.close();
  await once(server, 'close');
  return port;
}

function keepLog(
  child: ChildProcess,
  path: string,
  onLine: (line: string) => void = () => {},
): () => readonly string[] {
  const file = createWriteStream(path, { flags: 'a' });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      file.write(`${line}\n`);
      onLine(line);
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
    });
  }
  child.once('exit', () => file.end());
  return () => last;
}

async function untilReady(origin: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const ready = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(10_000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
    if (ready) return;
    await delay(200, undefined, { signal });
  }
}

async function timeLimit(last: () => readonly string[], signal: AbortSignal): Promise<never> {
  await delay(READY_WITHIN_MS, undefined, { signal, ref: false });
  throw workerEnded(`was not ready after ${READY_WITHIN_MS / 1000} s`, last());
}

function workerEnded(what: string, last: readonly string[], cause?: unknown): RelayError {
  const said = last.map((line) => `  ${line}`).join('\n');
  return new RelayError('relay_ended', `The Worker ${what}. Its last words:\n${said}`, { cause });
}

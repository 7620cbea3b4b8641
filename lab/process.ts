/** Runs child processes, with their logs, readiness and end. Azurite, `serve` and the Worker are started with it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { listenOnLoopback } from './receivers/loopback.ts';

export interface ChildOptions {
  /** The name of the child in messages, such as `The relay`. */
  readonly name: string;
  /** The program; by default Node. */
  readonly program?: string;
  /** Its arguments: for Node the script that it runs, and the script's. */
  readonly args: readonly string[];
  /** The whole environment of the child; by default this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A file to which the child's output is appended. */
  readonly logFile?: string;
  /** Put before each line of the log file. */
  readonly stamp?: () => string;
  /** Called for each line of output. */
  readonly onLine?: (line: string) => void;
  /** Whether the child gets its own process group, so that Ctrl-C in the terminal does not reach it, and signals reach its children too. */
  readonly ownGroup?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number | undefined;
  /** Undefined while the child runs. */
  readonly exit: Exit | undefined;
  /** Resolves when the child has ended and its output is read. */
  readonly exited: Promise<Exit>;
  /** Rejects with a {@link ProcessError} if the child ends without a call of {@link stop}. */
  readonly ended: Promise<never>;
  /** The end of the child's output. */
  log(): string;
  /** Sends a signal. Returns false if the child has ended already. */
  signal(name: NodeJS.Signals): boolean;
  /** Sends the signal and waits for the end; sends SIGKILL after `patienceMs`. Resolves with the exit code. */
  stop(name?: NodeJS.Signals, patienceMs?: number): Promise<number | null>;
}

/** A child process ended unexpectedly, or did not become ready. The message contains the end of its output. */
export class ProcessError extends Error {}

const LOG_CHARACTERS = 20_000;
const LAST_LINES = 20;
/** How long to wait for the output after a child's end, because a grandchild may keep it open. Milliseconds. */
const OUTPUT_MS = 1_000;

/** The running children, none of which may outlive this process. */
const running = new Set<(name: NodeJS.Signals) => boolean>();
process.once('exit', () => {
  for (const signal of running) signal('SIGKILL');
});

/** Starts the program with `args`. The child ends at the latest with this process. */
export function startChild(options: ChildOptions): Child {
  const { name, ownGroup = false } = options;
  const child = spawn(options.program ?? process.execPath, options.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup,
    ...(options.env && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  const signal = (what: NodeJS.Signals) => sendSignal(child, what, ownGroup);
  running.add(signal);
  const log = readOutput(child, options);

  let exit: Exit | undefined;
  let isStopping = false;
  const exited = (async () => {
    exit = await exitOf(child);
    running.delete(signal);
    if (child.stdout?.closed === false)
      await Promise.race([once(child, 'close'), delay(OUTPUT_MS, undefined, { ref: false })]);
    return exit;
  })();
  const ended = exited.then(({ code, signal: by }) => {
    if (isStopping) return new Promise<never>(() => {});
    const how = child.pid === undefined ? 'could not be started' : `ended with ${by ?? `exit code ${code}`}`;
    throw processError(name, how, log());
  });
  ended.catch(() => {});

  return {
    pid: child.pid,
    get exit() {
      return exit;
    },
    exited,
    ended,
    log,
    signal,
    async stop(what = 'SIGTERM', patienceMs) {
      isStopping = true;
      signal(what);
      const late = patienceMs === undefined ? undefined : setTimeout(() => signal('SIGKILL'), patienceMs);
      const { code } = await exited;
      clearTimeout(late);
      return code;
    },
  };
}

export interface Readiness {
  /** An address that responds with 2xx once the child is ready. */
  readonly url: string;
  readonly withinMs: number;
  readonly signal?: AbortSignal;
}

const READY_LOOK_MS = 100;
const READY_REPLY_MS = 10_000;

/** Resolves when the child is ready. Rejects, and ends the child, if it is not ready in time, ends before, or the signal is aborted. */
export async function untilReady(
  name: string,
  child: Child,
  { url, withinMs, signal }: Readiness,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  const over = new AbortController();
  const looking = (async () => {
    while (!(await answers(url))) {
      signal?.throwIfAborted();
      over.signal.throwIfAborted();
      if (performance.now() > deadline)
        throw processError(name, `was not ready after ${withinMs / 1000} s`, child.log());
      await delay(READY_LOOK_MS, undefined, signal ? { signal } : {});
    }
  })();
  try {
    await Promise.race([looking, child.ended]);
  } catch (error) {
    over.abort();
    looking.catch(() => {});
    await child.stop('SIGTERM', 2_000);
    throw error;
  }
}

/** Finds a free port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server);
  server.close();
  await once(server, 'close');
  return port;
}

function sendSignal(child: ChildProcess, name: NodeJS.Signals, toGroup: boolean): boolean {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return false;
  if (!toGroup) return child.kill(name);
  try {
    return process.kill(-child.pid, name);
  } catch {
    return false;
  }
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  try {
    const [code, signal] = await once(child, 'exit');
    return { code, signal };
  } catch {
    return { code: null, signal: null };
  }
}

function readOutput(child: ChildProcess, { logFile, stamp, onLine }: ChildOptions): () => string {
  const file = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      log = `${log}${line}\n`.slice(-LOG_CHARACTERS);
      file?.write(`${stamp ? `${stamp()} ` : ''}${line}\n`);
      onLine?.(line);
    });
  }
  child.once('close', () => file?.end());
  return () => log;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(READY_REPLY_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function processError(name: string, what: string, log: string): ProcessError {
  const last = log.split('\n').slice(-LAST_LINES - 1, -1);
  const said =
    last.length === 0
      ? ' It wrote nothing.'
      : ` Its last words:\n${last.map((line) => `  ${line}`).join('\n')}`;
  return new ProcessError(`${name} ${what}.${said}`);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { RelayError } from '../src/shared/errors.ts';
import type { RelayProcess, RelayStart } from './relay.ts';
import { relayYaml } from './relay-config.ts';

const COMMAND = join(import.meta.dirname, '../bin/xdr-relay.js');
const READY_WITHIN_MS = 60_000;
const PATIENCE_MS = 20_000;
const LAST_LINES = 15;

/** `xdr-relay serve` as a child process, as a person would start it. */
export async function startNodeRelay(start: RelayStart): Promise<RelayProcess> {
  const file = join(start.folder, 'relay.yaml');
  await writeFile(file, relayYaml(start.config));
  const child = spawn(process.execPath, [COMMAND, 'serve', '--config', file], {
    env: { ...process.env, ...start.config.secrets },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Not in the terminal's group: Ctrl-C is for the demo, which then ends the relay in its own time.
    detached: true,
  });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));

  const log = followLog(child, join(start.folder, 'relay.log'));
  let stopping = false;
  const ended = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(relayEnded('could not be started', log.last(), cause)));
    child.once('exit', (code, signal) => {
      if (!stopping) reject(relayEnded(`ended with ${signal ?? `exit code ${code}`}`, log.last()));
    });
  });
  ended.catch(() => {});

  async function stop({ patienceMs = PATIENCE_MS } = {}): Promise<void> {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await gone;
    clearTimeout(late);
  }

  try {
    const port = await Promise.race([log.port, ended, timeLimit(log.last, start.signal)]);
    const origin = `http://127.0.0.1:${port}`;
    await Promise.race([untilReady(origin, start.signal), ended, timeLimit(log.last, start.signal)]);
    return { origin, ended, stop };
  } catch (error) {
    await stop({ patienceMs: 2000 });
    throw error;
  }
}

interface RelayLog {
  /** Resolves when the relay says where it listens. */
  readonly port: Promise<number>;
  last(): readonly string[];
}

function followLog(child: ChildProcess, path: string): RelayLog {
  const file = createWriteStream(path);
  const last: string[] = [];
  let found: (port: number) => void = () => {};
  const port = new Promise<number>((resolve) => {
    found = resolve;
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      file.write(`${line}\n`);
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      const said = portIn(line);
      if (said !== undefined) found(said);
    });
  }
  child.once('exit', () => file.end());
  return { port, last: () => [...last] };
}

function portIn(line: string): number | undefined {
  if (!line.includes('The endpoint listens')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'port' in value && typeof value.port === 'number'
      ? value.port
      : undefined;
  } catch {
    return undefined;
  }
}

async function untilReady(origin: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const ready = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(5000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
    if (ready) return;
    await delay(100, undefined, { signal });
  }
}

async function timeLimit(last: () => readonly string[], signal: AbortSignal): Promise<never> {
  await delay(READY_WITHIN_MS, undefined, { signal, ref: false });
  throw relayEnded(`was not ready after ${READY_WITHIN_MS / 1000} s`, last());
}

function relayEnded(what: string, last: readonly string[], cause?: unknown): RelayError {
  const said =
    last.length === 0
      ? ' It said nothing.'
      : ` Its last words:\n${last.map((line) => `  ${line}`).join('\n')}`;
  return new RelayError('relay_ended', `The relay ${what}.${said}`, { cause });
}

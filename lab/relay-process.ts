import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/xdr-relay.js', import.meta.url));

/** A real `xdr-relay serve`, as a child process. */
export interface RelayProcess {
  readonly child: ChildProcess;
  /** Where it listens. */
  readonly url: string;
  /** Its last log lines. */
  log(): string;
  /** Sends the signal and waits for the end; tells the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Writes relay.yaml into `folder`, and an empty folder of rule files. */
export async function writeConfig(folder: string, yaml: string): Promise<string> {
  await mkdir(join(folder, 'transforms'), { recursive: true });
  const file = join(folder, 'relay.yaml');
  await writeFile(file, yaml);
  return file;
}

/**
 * Starts `serve` and resolves when it is ready, or when it answers at `until`; rejects with its log when it ends before.
 */
export async function startRelay(
  config: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  until: '/readyz' | '/healthz' = '/readyz',
): Promise<RelayProcess> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [BIN, 'serve', '--config', config, '--port', String(port), '--host', '127.0.0.1', ...args],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url + until))) {
    if (child.exitCode !== null) throw new Error(`xdr-relay ended with ${child.exitCode}:\n${output}`);
    await delay(50);
  }
  return {
    child,
    url,
    log: () => output,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
      return child.exitCode;
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../../lab/serve.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { plainEnvironment, run } from './run.ts';

/** A storage account that takes connections and never answers. */
let server: Server;
let folder: string;
let connected: () => void = () => {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-stopped-'));
  server = createServer(() => connected());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}/a`;
  await writeFile(
    join(folder, 'relay.yaml'),
    `storage: { connection_string: "\${CONNECTION}" }
destinations: { archive: { type: file, path: archive.jsonl } }
default_destinations: [archive]
transforms_container: rules
`,
  );
  await writeFile(
    join(folder, '.env'),
    `CONNECTION=DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=${endpoint};QueueEndpoint=${endpoint}\n`,
  );
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Stopped {
  readonly code: number;
  readonly said: string;
  readonly isPrompt: boolean;
}

/** What a command says and ends with, stopped by `stop` as soon as it waits for the storage account. */
async function stopped(ran: Promise<{ code: number; stderr: string }>, stop: () => void): Promise<Stopped> {
  const isConnected = new Promise<void>((resolve) => {
    connected = resolve;
  });
  await Promise.race([isConnected, ran]);
  const at = performance.now();
  stop();
  const { code, stderr } = await ran;
  // A call of the queue may take 15 s: what does not end by then has not listened.
  return { code, said: stderr.trim(), isPrompt: performance.now() - at < 10_000 };
}

function stoppedHere(args: readonly string[]): Promise<Stopped> {
  const controller = new AbortController();
  const ran = run(args, { cwd: folder }, controller.signal);
  return stopped(ran, () => controller.abort());
}

function stoppedProcess(args: readonly string[]): Promise<Stopped> {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: folder, env: plainEnvironment() });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ran = once(child, 'exit').then(([code]) => ({ code, stderr }));
  return stopped(ran, () => child.kill('SIGINT'));
}

/** A line for each command that has something to finish; what it says after Ctrl-C. */
const LINES: readonly (readonly [args: string, message: string])[] = [
  ['status', 'Stopped: nothing was changed.'],
  ['status --watch', ''],
  ['audit --day yesterday', 'Stopped: nothing is proven.'],
  ['cost', 'Stopped: nothing was changed.'],
  ['backfill --table DeviceEvents', 'Stopped: run the same command to continue.'],
  ['losses clear --yes', 'Stopped: run the same command to continue.'],
  ['alerts silence --rule x --for 1h --reason y', 'Stopped: look with "alerts list" whether it holds.'],
  ['alerts end 00000000', 'Stopped: look with "alerts list" whether it still holds.'],
  ['dead-letters redrive', 'Stopped: what was not accepted yet stays.'],
  ['dead-letters drop --yes', 'Stopped: what was not removed yet stays.'],
  ['doctor', 'Stopped: what was not checked yet is not known.'],
  ['poison list', 'Stopped: nothing was changed.'],
  ['state export', 'Stopped: nothing was exported.'],
  ['state rebuild --from 1d --assume unread', 'Stopped: run the same command to continue.'],
];

describe('Ctrl-C while the storage does not answer', () => {
  it.each(LINES)('ends "%s" cleanly, with exit code 130', { timeout: 60_000 }, async (line, message) => {
    expect(await stoppedHere(line.split(' '))).toEqual({ code: 130, said: message, isPrompt: true });
  });

  it.each([
    ['status', 'Stopped: nothing was changed.'],
    ['alerts list', ''],
  ])('ends the process of "%s" with exit code 130', { timeout: 60_000 }, async (line, message) => {
    expect(await stoppedProcess(line.split(' '))).toEqual({ code: 130, said: message, isPrompt: true });
  });

  it('is tried with every command that has something to finish', () => {
    // Those that work on files, those with a test of their own, and what asks destinations alone. A call that takes messages from a queue hides them, so it is not cut
    // off: poison show, requeue and drop end with its time limit.
    const others =
      /^(serve|demo|columns|alerts preview|destinations test|config|rules .*|schema .*|lists pull|state import|poison (show|requeue|drop))$/;
    const names = COMMANDS.flatMap((command) =>
      (command.kind === 'group' ? command.commands : [command])
        .filter(({ onStop }) => onStop !== 'at once')
        .map(({ name }) => (command.kind === 'group' ? `${command.name} ${name}` : name)),
    );
    const untried = names.filter(
      (name) => !others.test(name) && !LINES.some(([line]) => `${line} `.startsWith(`${name} `)),
    );
    expect(untried).toEqual([]);
  });
});

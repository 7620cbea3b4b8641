/** Other programs that do the work W, where they are on PATH: they get their configuration from `peers/`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RowFile } from './input/row-file.ts';
import type { Cost } from './measure.ts';
import type { BenchContext } from './part.ts';
import { cpuSecondsOf, peakBytesOf } from './process-cost.ts';
import type { BenchReceiver } from './receiver.ts';

/** How a peer is started. Its configuration reads the variables ROWS (a file), HEC_PORT and WORK_FOLDER. */
interface PeerStart {
  /** The binary's name. */
  readonly binary: string;
  readonly title: string;
  readonly args: readonly string[];
}

const configuration = (name: string) => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));

const PEERS = {
  'fluent-bit': {
    binary: 'fluent-bit',
    title: 'Fluent Bit',
    args: ['--quiet', '--config', configuration('fluent-bit.yaml')],
  },
  rsyslog: {
    binary: 'rsyslogd',
    title: 'rsyslog',
    // In the foreground, with a pid file and a state folder of its own.
    args: ['-n', '-f', configuration('rsyslog.conf'), '-i', 'NONE'],
  },
} as const satisfies Readonly<Record<string, PeerStart>>;

/** A peer that is on this machine. */
export interface Peer {
  readonly name: keyof typeof PEERS;
  readonly title: string;
  /** Path of its binary. */
  readonly path: string;
}

export async function findPeers(): Promise<readonly Peer[]> {
  const found: Peer[] = [];
  for (const [name, { binary, title }] of Object.entries(PEERS)) {
    const path = await onPath(binary);
    if (path !== undefined) found.push({ name: name as Peer['name'], title, path });
  }
  return found;
}

/** What is looked for. */
export const PEER_BINARIES: readonly string[] = Object.values(PEERS).map(({ binary }) => binary);

/** The cost of the rows from the peer's start: it has nothing to load. */
export async function runPeer(
  context: BenchContext,
  receiver: BenchReceiver,
  { peer, file }: { readonly peer: Peer; readonly file: RowFile },
): Promise<Cost> {
  await receiver.reset();
  const words: string[] = [];
  const began = performance.now();
  const child = spawn(peer.path, PEERS[peer.name].args, {
    env: { ...process.env, ROWS: file.path, HEC_PORT: String(receiver.port), WORK_FOLDER: context.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  for (const output of [child.stdout, child.stderr])
    output.on('data', (text: Buffer) => words.push(text.toString()));
  try {
    const { pid } = child;
    if (pid === undefined) throw new Error(`${peer.path} could not be started`);
    await receiver.until(file.processRows, context.signal, () => words.join('').slice(-2_000));
    const wallSeconds = (performance.now() - began) / 1000;
    return {
      rows: file.rows,
      cpuSeconds: await cpuSecondsOf(pid),
      wallSeconds,
      peakBytes: await peakBytesOf(pid),
    };
  } finally {
    await ended(child);
    process.removeListener('exit', kill);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function onPath(binary: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, binary);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

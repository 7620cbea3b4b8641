/** Runs a program of Node, with the terminal of this process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that does not end by itself after a SIGTERM is killed. Milliseconds. */
const GRACE_MS = 10_000;

export interface RunNodeOptions {
  readonly cwd?: string;
  /** Then the program is ended, with a message on standard error. Milliseconds; absent for what has limits of its own. */
  readonly withinMs?: number;
  /** Ends the program. */
  readonly signal: AbortSignal;
}

/** Runs Node with these arguments. Throws the signal's reason. @returns its exit code; 1 where it was ended. */
export async function runNode(
  args: readonly string[],
  { cwd, withinMs, signal }: RunNodeOptions,
): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [...args], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = () => end(child);
  signal.addEventListener('abort', stop);
  const late = withinMs !== undefined && setTimeout(giveUp, withinMs, child, args, withinMs);
  try {
    const [code] = await once(child, 'exit');
    signal.throwIfAborted();
    return typeof code === 'number' ? code : 1;
  } finally {
    if (late) clearTimeout(late);
    signal.removeEventListener('abort', stop);
  }
}

function giveUp(child: ChildProcess, args: readonly string[], withinMs: number): void {
  const minutes = Math.round(withinMs / 6_000) / 10;
  process.stderr.write(
    `Ended, because it did not come to its end within ${minutes} min: ${args.join(' ')}\n`,
  );
  end(child);
}

function end(child: ChildProcess): void {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  child.once('exit', () => clearTimeout(kill));
}

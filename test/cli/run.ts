/** Runs the command line of xdr-relay, in this process or in one of its own. */
import { execFile } from 'node:child_process';
import { COMMAND } from '../../lab/serve.ts';
import { runProgram } from '../../src/cli/program.ts';
import { captured } from './captured.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Path of the command, for a process of its own. Default: the built one. */
  readonly command?: string;
}

/** The environment of a command: PATH and what makes Node start quickly, but no variable that the command reads. */
export function plainEnvironment(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env;
  return { PATH, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) };
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `xdr-relay ...` in this process, whose folder and environment are the command's meanwhile: one command at a time.
 *
 * @param signal stops the command, as Ctrl-C does where it ends cleanly.
 */
export function run(
  args: readonly string[],
  options: RunOptions = {},
  signal = new AbortController().signal,
): Promise<Ran> {
  const ran = last.then(() => inPlace(options, () => runHere(args, signal)));
  last = ran.catch(() => {});
  return ran;
}

async function runHere(args: readonly string[], signal: AbortSignal): Promise<Ran> {
  const out = captured();
  const code = await runProgram(args, { out, stopSignal: () => signal });
  return { code, stdout: withLineEnd(out.text()), stderr: withLineEnd(out.notes()) };
}

async function inPlace(options: RunOptions, work: () => Promise<Ran>): Promise<Ran> {
  const [cwd, env] = [process.cwd(), { ...process.env }];
  process.chdir(options.cwd ?? cwd);
  setEnvironment({ ...plainEnvironment(), ...options.env });
  try {
    return await work();
  } finally {
    process.chdir(cwd);
    setEnvironment(env);
  }
}

/** The variables themselves are changed, and not the object: what reads the file .env sets variables. */
function setEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (env[name] === undefined) delete process.env[name];
  Object.assign(process.env, env);
}

function withLineEnd(text: string): string {
  return text === '' ? '' : `${text}\n`;
}

/** Runs `xdr-relay ...` as a process of its own, with nothing in its environment but {@link plainEnvironment} and `env`. */
export function runProcess(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const env = { ...plainEnvironment(), ...options.env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [options.command ?? COMMAND, ...args],
      { cwd: options.cwd, env, timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

/** Runs a program of the bench in a process of its own, and reads what it reports. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../lab/process.ts';
import type { Cost, Measure } from './measure.ts';

/** What a program writes, each as one line. */
export type Report = { readonly cost: Cost } | { readonly measure: Measure } | { readonly port: number };

/** For programs: writes a line that {@link runProgram} reads. */
export function report(what: Report): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** For Node, so that it writes a CPU profile into the folder when it ends. */
export function profileArgs(folder: string | undefined): readonly string[] {
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(folder)}`];
}

/** Path of a program, by its name. */
export function programFile(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
}

export interface ProgramRun {
  /** A file of `programs/`, or the path of another one. */
  readonly program: string;
  readonly args?: readonly string[];
  /** For Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly signal: AbortSignal;
}

/** Runs the program to its end; what it reported. Throws lab's ProcessError, with the program's last words, where it fails. */
export async function runProgram({
  program,
  args = [],
  nodeArgs = [],
  signal,
}: ProgramRun): Promise<readonly Report[]> {
  const reports: Report[] = [];
  const file = program.endsWith('.ts') ? program : programFile(program);
  const child = startChild({
    name: `The program ${program}`,
    args: [...nodeArgs, file, ...args],
    ownGroup: true,
    onLine(line) {
      const read = readReport(line);
      if (read) reports.push(read);
    },
  });
  const stop = () => void child.signal('SIGKILL');
  signal.addEventListener('abort', stop);
  try {
    const { code } = await child.exited;
    signal.throwIfAborted();
    if (code !== 0) await child.ended;
    return reports;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The cost that a program reported. */
export async function costOf(run: ProgramRun): Promise<Cost> {
  for (const each of await runProgram(run)) if ('cost' in each) return each.cost;
  throw new Error(`The program ${run.program} reported no cost.`);
}

/** The measures that a program reported. */
export async function measuresOf(run: ProgramRun): Promise<readonly Measure[]> {
  return (await runProgram(run)).flatMap((each) => ('measure' in each ? [each.measure] : []));
}

/** A line that a program reported; undefined for what it says to people. */
export function readReport(line: string): Report | undefined {
  if (!/^\{"(?:cost|measure|port)":/.test(line)) return undefined;
  return JSON.parse(line) as Report;
}

/** Runs a composite action as the runner of GitHub Actions does: expressions, outputs, steps in bash, and commands in the log. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { evaluate, filledIn } from './expressions.ts';

const text = z.string();
/** GitHub's documentation, "Metadata syntax". A key that the runner does not know stops a workflow. */
const actionSchema = z.strictObject({
  name: text,
  author: text.optional(),
  description: text,
  branding: z.strictObject({ icon: text, color: z.enum(['blue', 'green', 'orange', 'purple', 'red']) }),
  inputs: z.record(
    text,
    z.strictObject({ description: text, default: text.optional(), required: z.boolean().optional() }),
  ),
  outputs: z.record(text, z.strictObject({ description: text, value: text })),
  runs: z.strictObject({
    using: z.literal('composite'),
    steps: z.array(
      z.union([
        z.strictObject({
          name: text,
          id: text.optional(),
          if: text.optional(),
          shell: z.literal('bash'),
          run: text,
          env: z.record(text, text).default({}),
        }),
        z.strictObject({
          name: text,
          if: text.optional(),
          uses: text,
          with: z.record(text, z.union([text, z.boolean()])).default({}),
        }),
      ]),
    ),
  }),
});

export type Action = z.infer<typeof actionSchema>;

export async function readAction(folder: string): Promise<Action> {
  return actionSchema.parse(parse(await readFile(join(folder, 'action.yml'), 'utf8')));
}

export interface Job {
  /** The folder of the action. */
  readonly action: string;
  /** The checkout of the repository. */
  readonly workspace: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The context `github`. */
  readonly github: Readonly<Record<string, unknown>>;
  /** What the runner sets besides: GITHUB_SHA, GITHUB_API_URL ... */
  readonly env: Readonly<Record<string, string>>;
  /** Where files of the runner are made. */
  readonly temp: string;
}

/** A command in the log that the runner obeyed. */
export interface LogCommand {
  readonly name: string;
  readonly data: string;
}

export interface JobResult {
  readonly succeeded: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
  readonly commands: readonly LogCommand[];
  readonly summary: string;
  readonly used: readonly string[];
}

/** Runs all steps; those that use another action are only noted. */
export async function runAction(job: Job): Promise<JobResult> {
  const action = await readAction(job.action);
  for (const name of Object.keys(job.inputs)) {
    if (!(name in action.inputs)) throw new Error(`the action has no input "${name}"`);
  }
  const temp = await mkdtemp(join(job.temp, 'runner-'));
  const summaryFile = join(temp, 'summary');
  await writeFile(summaryFile, '');
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: usual = '' }]) => [
      name,
      job.inputs[name] ?? filledIn(usual, { github: job.github }),
    ]),
  );
  const steps: Record<string, { outputs: Record<string, string> }> = {};
  const context = () => ({ inputs, github: job.github, steps });
  const used: string[] = [];
  let log = '';
  let succeeded = true;
  for (const step of action.runs.steps) {
    if (!succeeded || (step.if !== undefined && !truthy(evaluate(bare(step.if), context())))) continue;
    if ('uses' in step) {
      used.push(step.uses);
      continue;
    }
    const outputFile = join(temp, `output-${step.name}`);
    await writeFile(outputFile, '');
    const own = Object.entries(step.env).map(([name, value]) => [name, filledIn(value, context())]);
    const ran = await bash(step.run, job.workspace, {
      PATH: process.env.PATH ?? '',
      HOME: temp,
      ...(process.env.NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
      GITHUB_ACTIONS: 'true',
      CI: 'true',
      RUNNER_TEMP: temp,
      GITHUB_ACTION_PATH: job.action,
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      ...job.env,
      ...Object.fromEntries(own),
    });
    log += ran.log;
    succeeded = ran.code === 0;
    if (step.id !== undefined) steps[step.id] = { outputs: outputsOf(await readFile(outputFile, 'utf8')) };
  }
  return {
    succeeded,
    outputs: Object.fromEntries(
      Object.entries(action.outputs).map(([name, { value }]) => [name, filledIn(value, context())]),
    ),
    log,
    commands: commandsOf(log),
    summary: await readFile(summaryFile, 'utf8'),
    used,
  };
}

function bare(condition: string): string {
  return /^\$\{\{(.*)\}\}$/s.exec(condition.trim())?.[1] ?? condition;
}

function truthy(value: unknown): boolean {
  return value !== false && value !== '' && value !== 0 && value !== undefined && value !== null;
}

/** As `shell: bash` is run. Both streams are one log. */
export async function bash(
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly log: string }> {
  const options = ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script];
  const child = spawn('bash', options, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, log };
}

function outputsOf(file: string): Record<string, string> {
  return Object.fromEntries(
    file
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const at = line.indexOf('=');
        if (at < 1) throw new Error(`not an output: ${line}`);
        return [line.slice(0, at), line.slice(at + 1)];
      }),
  );
}

/** What the runner obeys: `::name ...::data` at the beginning of a line, `##[name]data` anywhere in one. */
export function commandsOf(log: string): readonly LogCommand[] {
  const found: LogCommand[] = [];
  let stopped: string | undefined;
  for (const line of log.split('\n')) {
    const [, name = '', data = ''] =
      /^\s*::([^\s:]+)(?: [^:]*(?::[^:]+)*?)?::(.*)$/s.exec(line) ??
      /##\[([^\s\]]+)[^\]]*\](.*)$/s.exec(line) ??
      [];
    if (name === '') continue;
    if (stopped !== undefined) {
      if (name === stopped) stopped = undefined;
      continue;
    }
    if (name === 'stop-commands') stopped = data.trim();
    else found.push({ name, data });
  }
  return found;
}

import { randomInt } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HELP, type LongOptions, parseOptions } from './options.ts';
import { runNode } from './run-node.ts';

// Everything that takes too long for `npm test`, one after the other, with one line of sums at the end.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const SOAK = join(ROOT, 'soak/main.ts');
/** A round has so many runs of each property for one in `npm test`: see test/support/runs.ts. */
const RUNS_FACTOR = 10;
/** A soak ends itself twelve minutes after its time: only one that hangs takes longer than this. Milliseconds. */
const SOAK_ENDS_MS = 15 * 60_000;

const stop = new AbortController();

interface Sums {
  passed: number;
  failed: number;
}

async function main(options: LongOptions): Promise<Sums> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-long-'));
  const sums: Sums = { passed: 0, failed: 0 };
  const add = (what: string, { passed, failed }: Sums) => {
    sums.passed += passed;
    sums.failed += failed;
    say(`${what}: ${passed} passed, ${failed} failed`);
  };
  try {
    say('The measured cases');
    add('The measured cases', await vitest(['--config', 'vitest.long.config.ts'], folder));
    process.env.BROWSER_TESTS = 'all';
    say('The console in Chromium');
    add('The console in Chromium', await vitest(['--project', 'console'], folder));
    process.env.RUNS_FACTOR = String(RUNS_FACTOR);
    const files = await propertyTests();
    for (let round = 1; round <= options.rounds; round++) {
      const seed = randomSeed();
      const what = `Property tests, round ${round} of ${options.rounds}, SEED=${seed}`;
      process.env.SEED = String(seed);
      add(
        what,
        await vitest(['--project', 'unit', '--project', 'node', '--project', 'console', ...files], folder),
      );
    }
    for (let n = 1; n <= options.soaks; n++) {
      const seed = randomSeed();
      say(`Soak ${n} of ${options.soaks}, seed ${seed}`);
      const args = [SOAK, '--seed', String(seed), '--minutes', String(options.minutes)];
      const withinMs = options.minutes * 60_000 + SOAK_ENDS_MS;
      const code = await runNode(args, { cwd: ROOT, withinMs, signal: stop.signal });
      add(`Soak with seed ${seed}`, code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return sums;
}

function randomSeed(): number {
  return randomInt(1, 2 ** 31 - 1);
}

function say(text: string): void {
  process.stdout.write(`== ${text}\n`);
}

/** The files for Node, and for Chromium, with a property in them: each run draws new seeds, but for those that take theirs from SEED. */
async function propertyTests(): Promise<readonly string[]> {
  const names = await readdir(join(ROOT, 'test'), { recursive: true });
  const files: string[] = [];
  for (const name of names) {
    if (!name.endsWith('.test.ts') || /^(?:e2e|workerd|long)\//.test(name)) continue;
    const file = join('test', name);
    if (/\bfc\.assert\(|\bruns(?:Factor)?\(/.test(await readFile(join(ROOT, file), 'utf8'))) files.push(file);
  }
  return files;
}

/** What vitest counts. A run without any result, one that could not begin, is one failure. */
async function vitest(args: readonly string[], folder: string): Promise<Sums> {
  const file = join(folder, 'result.json');
  await rm(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await runNode([VITEST, 'run', ...reporters, ...args], { cwd: ROOT, signal: stop.signal });
  const result: unknown = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  const passed = countIn(result, 'numPassedTests');
  const failed = countIn(result, 'numFailedTests');
  return { passed, failed: code === 0 ? failed : Math.max(1, failed) };
}

function countIn(result: unknown, name: string): number {
  if (typeof result !== 'object' || result === null) return 0;
  const count: unknown = Reflect.get(result, name);
  return typeof count === 'number' ? count : 0;
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(HELP);
  else {
    const { passed, failed } = await main(options);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    process.exitCode = failed === 0 ? 0 : 1;
  }
} catch (error) {
  if (stop.signal.aborted) process.exit(130);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  process.exitCode = 2;
}

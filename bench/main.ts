/** Measures the relay on this machine: `npm run bench`. */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOnSignals, INTERRUPTED, runMain } from '../lab/command-line.ts';
import { fillIn } from './markdown.ts';
import type { Measure } from './measure.ts';
import { type BenchOptions, helpText, parseOptions } from './options.ts';
import { PARTS } from './parts/index.ts';
import { PEER_BINARIES } from './peer.ts';
import { createProgress } from './progress.ts';
import { type Outcome, runBench } from './run.ts';
import { headText, lineText } from './table.ts';

/** Whatever happens, a run ends. Milliseconds. */
const LONGEST_MS = 3 * 3_600_000;
const GRACE_MS = 10_000;

const stop = endOnSignals(GRACE_MS);

async function main(): Promise<number> {
  const names = PARTS.map(({ name }) => name);
  const options = parseOptions(process.argv.slice(2), names, process.env);
  if (options === 'help') {
    process.stdout.write(helpText(PARTS.map(({ name, about }) => `${name.padEnd(14)} ${about}`)));
    return 0;
  }
  const late = setTimeout(() => stop.end('the run does not come to an end'), LONGEST_MS);
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-bench-'));
  process.once('exit', () => {
    if (!options.keep) rmSync(folder, { recursive: true, force: true });
  });
  const progress = createProgress(process.stderr);
  try {
    const outcomes = await bench(options, folder, progress);
    return outcomes.some(({ failed }) => failed !== undefined) ? 1 : 0;
  } catch (error) {
    progress.clear();
    if (!stop.signal.aborted) throw error;
    process.stderr.write(`${stop.signal.reason instanceof Error ? stop.signal.reason.message : 'stopped'}\n`);
    return INTERRUPTED;
  } finally {
    progress.clear();
    clearTimeout(late);
    if (options.keep) process.stdout.write(`Inputs and logs: ${folder}\n`);
    else await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function bench(
  options: BenchOptions,
  folder: string,
  progress: ReturnType<typeof createProgress>,
): Promise<readonly Outcome[]> {
  const print = (text: string) => {
    progress.clear();
    process.stdout.write(`${text}\n`);
  };
  const machine = machineFacts();
  print(`${machine.cores} x ${machine.cpu}, Node ${machine.node}, load ${machine.load}`);
  print(
    options.quick
      ? 'A quick run: its figures are a sign of life and no measurement.\n'
      : `Peers that are looked for on PATH: ${PEER_BINARIES.join(', ')}\n`,
  );
  print(headText());
  const parts = options.only.length === 0 ? PARTS : PARTS.filter(({ name }) => options.only.includes(name));
  const outcomes = await runBench({
    parts,
    options,
    folder,
    signal: stop.signal,
    say: progress.say,
    onPart: ({ name, about }) => print(`\n${name}: ${about}`),
    onMeasure: (measure: Measure) => print(lineText(measure)),
    onEnd({ skipped, failed }) {
      if (skipped !== undefined) print(`skipped: ${skipped}`);
      if (failed !== undefined) print(`failed: ${failed}`);
    },
  });
  if (options.json !== undefined)
    await writeFile(
      options.json,
      `${JSON.stringify({ at: new Date().toISOString(), machine, options, outcomes }, null, 2)}\n`,
    );
  if (options.markdown !== undefined) {
    const when = `${new Date().toISOString().slice(0, 10)} on ${machine.cores} x ${machine.cpu}, Node ${machine.node}, load ${machine.load}`;
    await writeFile(options.markdown, fillIn(await readFile(options.markdown, 'utf8'), outcomes, { when }));
  }
  return outcomes;
}

function machineFacts() {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    load: (loadavg()[0] ?? 0).toFixed(1),
  };
}

await runMain('The bench', main, (mistake) => `${mistake} See npm run bench -- --help\n`);

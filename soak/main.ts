/** Runs a soak: `npm run soak`. */
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOnSignals, INTERRUPTED, runMain } from '../lab/command-line.ts';
import { HELP, parseOptions, type SoakOptions } from './options.ts';
import { reportText } from './report.ts';
import { runSoak } from './run.ts';

/** The time limit for draining, after which a run ends in any case. Milliseconds. */
const MOST_DRAINING_MS = 12 * 60_000;

const GRACE_MS = 5_000;

const stop = endOnSignals(GRACE_MS);

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), () => randomInt(1, 2 ** 31 - 1));
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const late = setTimeout(
    () => stop.end('the run does not come to an end'),
    options.minutes * 60_000 + MOST_DRAINING_MS,
  );
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-soak-'));
  let keep = true;
  process.once('exit', () => {
    if (!keep) rmSync(folder, { recursive: true, force: true });
  });
  try {
    const isGood = await soak(options, folder);
    keep = options.keep || !isGood;
    return isGood ? 0 : 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write(`Seed ${options.seed}: ${String(stop.signal.reason)}\n`);
    return INTERRUPTED;
  } finally {
    clearTimeout(late);
    if (keep) process.stdout.write(`Logs and data: ${folder}\n`);
    else await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function soak(options: SoakOptions, folder: string): Promise<boolean> {
  const began = performance.now();
  const say = (text: string) => {
    process.stdout.write(`[${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s] ${text}\n`);
  };
  const { log, verdict, recorder, hoursOff } = await runSoak({ options, folder, signal: stop.signal, say });
  await writeFile(join(folder, 'log.json'), JSON.stringify(log));
  const seconds = (performance.now() - began) / 1000;
  const blobs = log.end.blobs.length;
  const figures = { options, seconds, blobs, faults: recorder.faults, hoursOff };
  process.stdout.write(`\n${reportText(verdict, log.end, figures)}\n`);
  return verdict.complaints.length === 0;
}

await runMain('The soak', main, (mistake) => `${mistake}\n\n${HELP}`);

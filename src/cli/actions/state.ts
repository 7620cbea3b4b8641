import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { lineSplitter } from '../../blobs/rows/lines.ts';
import { emptyWhereMissing } from '../../checkpoints/empty-where-missing.ts';
import { exportState } from '../../relay/status/state-export.ts';
import { type ImportOutcome, importCheckpoint, importDocument } from '../../relay/status/state-import.ts';
import {
  checkStateFile,
  MAX_LINE_BYTES,
  parseStateLine,
  StateFileError,
  type StateLine,
} from '../../relay/status/state-lines.ts';
import { rebuildState } from '../../relay/status/state-rebuild.ts';
import { systemClock } from '../../shared/clock.ts';
import { messageOf, RelayError } from '../../shared/errors.ts';
import { formatBytes, formatInstant, plural } from '../../shared/readable.ts';
import type { StateExportOptions, StateImportOptions, StateRebuildOptions } from '../commands/state.ts';
import { progressBar } from '../progress.ts';
import { abortOnSignals } from '../signals.ts';
import { visible } from '../text.ts';
import { instantOf } from '../when.ts';
import { checkDestinations, containersOf, oneSource, openPorts } from './open.ts';

/** Shells' exit code for "ended by SIGINT". */
const STOPPED = 130;

/** Ends cleanly where Ctrl-C stopped it: `left` says what is left behind. */
async function untilStopped(signal: AbortSignal, left: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error(`Stopped: ${left}`);
    process.exitCode = STOPPED;
  }
}

export async function runExport({ config: file, source: name, out }: StateExportOptions): Promise<void> {
  const signal = abortOnSignals();
  const source = oneSource(name, (await openPorts(file)).ports.sources);
  if (out !== undefined && (await exists(out)))
    throw new RelayError('file_exists', `${out} is there already`);
  const bar = progressBar('containers');
  let lines = 0;
  async function* text() {
    const deps = { ...source, clock: systemClock };
    const state = exportState(deps, {
      containerPrefix: source.account.containerPrefix,
      signal,
      onUnreadable(name, message) {
        console.error(`Left out: ${visible(name)}: ${visible(message)}`);
        process.exitCode = 1;
      },
      onContainers: (count) => bar.start(count, 0),
      onContainer: () => bar.done(1),
    });
    for await (const line of state) {
      lines += 1;
      yield `${JSON.stringify(line)}\n`;
    }
  }
  await untilStopped(signal, 'nothing was exported.', async () => {
    if (out === undefined) {
      await pipeline(Readable.from(text()), process.stdout, { end: false });
      return;
    }
    // A part of an export must not be taken for one. Only for its owner: documents may hold pieces of events.
    const part = `${out}.part`;
    try {
      await pipeline(Readable.from(text()), createWriteStream(part, { mode: 0o600 }));
      await rename(part, out);
    } catch (error) {
      await rm(part, { force: true });
      if (error instanceof RelayError || signal.aborted) throw error;
      throw new StateFileError('state_file_not_writable', `${out} cannot be written: ${messageOf(error)}`, {
        cause: error,
      });
    }
    bar.stop();
    console.log(
      `${plural(lines - 2, 'checkpoint or document', 'checkpoints and documents')} written to ${out}.`,
    );
  }).finally(() => bar.stop());
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

export async function runImport(file: string, options: StateImportOptions): Promise<void> {
  const signal = abortOnSignals();
  const source = oneSource(options.source, (await openPorts(options.config)).ports.sources);
  const { force = false, yes = false } = options;
  // Before anything is written, the whole file is looked at.
  const { account, checkpoints, documents } = await checkStateFile(stateLines(file));
  if (account !== source.blobs.account && !force) {
    throw new StateFileError(
      'state_file_of_other_account',
      `The file was exported from the account ${visible(account)}, and relay.yaml names ${source.blobs.account}: --force takes it all the same`,
    );
  }
  if (yes) await source.checkpoints.ensure();
  const bar = progressBar('lines');
  bar.start(checkpoints + documents, 0);
  const counts: Record<ImportOutcome, number> = { written: 0, kept: 0, other_blob: 0, busy: 0 };
  await untilStopped(signal, 'the same command goes on.', async () => {
    const deps = { ...source, ...(!yes && emptyWhereMissing(source)), clock: systemClock };
    const how = { force, dryRun: !yes, signal };
    const apply = async (line: StateLine) => {
      if (line.kind === 'checkpoint') counts[await importCheckpoint(deps, line, how)] += 1;
      else if (line.kind === 'document') counts[await importDocument(deps, line, how)] += 1;
      else return;
      bar.done(1);
    };
    let batch: Promise<void>[] = [];
    for await (const line of stateLines(file)) {
      signal.throwIfAborted();
      batch.push(apply(line));
      if (batch.length < AT_ONCE) continue;
      await Promise.all(batch);
      batch = [];
    }
    await Promise.all(batch);
    bar.stop();
    console.log(importReport(counts, yes));
    if (counts.busy > 0) process.exitCode = 1;
  }).finally(() => bar.stop());
}

const AT_ONCE = 16;

function importReport(
  { written, kept, other_blob: other, busy }: Record<ImportOutcome, number>,
  yes: boolean,
): string {
  const lines = [
    `${plural(written, 'checkpoint or document', 'checkpoints and documents')} ${yes ? 'written' : 'would be written'}, ${kept.toLocaleString('en-US')} left as they are.`,
  ];
  if (other > 0) {
    lines.push(
      `${plural(other, 'checkpoint')} left out: another blob has the name now (--force takes them).`,
    );
  }
  if (busy > 0)
    lines.push(`${plural(busy, 'line')} not written: others wrote at the same time. Run it again.`);
  if (!yes) lines.push('--yes does it.');
  return lines.join('\n');
}

/** The lines of a file, checked. Memory holds one piece and one line. Throws StateFileError. */
async function* stateLines(file: string): AsyncGenerator<StateLine> {
  const splitter = lineSplitter(0, MAX_LINE_BYTES);
  let number = 0;
  try {
    for await (const piece of createReadStream(file)) {
      for (const row of splitter.push(piece)) yield parse(row);
    }
  } catch (cause) {
    if (cause instanceof RelayError) throw cause;
    throw new StateFileError('state_file_unreadable', `${file} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
  const rest = splitter.rest();
  if (rest) yield parse(rest);

  function parse({ bytes, truncated }: { readonly bytes: Buffer; readonly truncated: boolean }): StateLine {
    number += 1;
    if (truncated) throw new StateFileError('state_file_unreadable', `Line ${number} is too long`);
    return parseStateLine(bytes.toString(), number);
  }
}

export async function runRebuild(options: StateRebuildOptions): Promise<void> {
  const signal = abortOnSignals();
  const { config, ports } = await openPorts(options.config);
  const source = oneSource(options.source, ports.sources);
  const { table = [], destination = [], assume, yes = false } = options;
  checkDestinations(destination, config);
  const containers = await containersOf(table, source);
  const now = Date.now();
  const from = instantOf(options.from, now) ?? 0;
  const to = options.to === undefined ? now : (instantOf(options.to, now) ?? now);
  if (to <= from) throw new RelayError('empty_range', '--to must lie behind --from');
  if (yes) await source.checkpoints.ensure();
  const bar = progressBar('days of tables');
  await untilStopped(signal, 'the same command goes on.', async () => {
    const totals = await rebuildState(
      { ...source, ...(!yes && emptyWhereMissing(source)), clock: systemClock },
      {
        range: { containerPrefix: source.account.containerPrefix, containers, from, to },
        assume,
        destinations: destination.length > 0 ? destination : Object.keys(config.destinations),
        latenessMs: config.tail.lateness,
        dryRun: !yes,
        signal,
        onDays: (count) => bar.start(count, 0),
        onDay: () => bar.done(1),
      },
    );
    bar.stop();
    const { written, bytes, kept, open } = totals;
    const lines = [
      `${plural(written, 'checkpoint')} ${yes ? 'written' : 'would be written'} as ${assume} (${formatBytes(bytes)} of blobs), ${kept.toLocaleString('en-US')} left as they are.`,
    ];
    if (open > 0) {
      lines.push(`${plural(open, 'blob')} of hours that end after ${formatInstant(to)} left as new.`);
    }
    lines.push(
      yes && assume === 'unread' ? '"xdr-relay backfill" has them read.' : yes ? '' : '--yes does it.',
    );
    console.log(lines.filter(Boolean).join('\n'));
  }).finally(() => bar.stop());
}

/** Imports an exported state, and renders the result. */
import { createReadStream } from 'node:fs';
import { lineSplitter } from '../../../blobs/rows/lines.ts';
import { emptyWhereMissing } from '../../../checkpoints/empty-where-missing.ts';
import { type ImportOutcome, importCheckpoint, importDocument } from '../../../relay/status/state-import.ts';
import {
  checkStateFile,
  MAX_LINE_BYTES,
  parseStateLine,
  StateFileError,
  type StateLine,
} from '../../../relay/status/state-lines.ts';
import { systemClock } from '../../../shared/clock.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { oneSource, openPorts } from '../open.ts';

export interface StateImportOptions {
  readonly file: string;
  readonly config: string;
  readonly source: string | undefined;
  readonly force: boolean;
  readonly yes: boolean;
}

/** How many lines are written in parallel. */
const AT_ONCE = 16;

export async function runImport(
  { file, config, source: name, force, yes }: StateImportOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const source = oneSource(name, (await openPorts(config)).ports.sources);
  // The whole file is checked before anything is written.
  const { account, checkpoints, documents } = await checkStateFile(stateLines(file));
  if (account !== source.blobs.account && !force) {
    throw new StateFileError(
      'state_file_of_other_account',
      `The file was exported from the account ${visible(account)}, and relay.yaml names ${source.blobs.account}: --force takes it all the same`,
    );
  }
  if (yes) await source.checkpoints.ensure();
  const bar = out.progress('lines');
  bar.start(checkpoints + documents);
  const counts: Record<ImportOutcome, number> = { written: 0, kept: 0, other_blob: 0, busy: 0 };
  const deps = { ...source, ...(!yes && emptyWhereMissing(source)), clock: systemClock };
  const how = { force, dryRun: !yes, signal };
  const apply = async (line: StateLine) => {
    if (line.kind === 'checkpoint') counts[await importCheckpoint(deps, line, how)] += 1;
    else if (line.kind === 'document') counts[await importDocument(deps, line, how)] += 1;
    else return;
    bar.done(1);
  };
  try {
    let batch: Promise<void>[] = [];
    for await (const line of stateLines(file)) {
      signal.throwIfAborted();
      batch.push(apply(line));
      if (batch.length < AT_ONCE) continue;
      await Promise.all(batch);
      batch = [];
    }
    await Promise.all(batch);
  } finally {
    bar.stop();
  }
  out.print(importReport(counts, yes));
  return counts.busy > 0 ? EXIT.failed : EXIT.ok;
}

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

/** Reads and checks the lines of a file. Memory holds one chunk and one line. Throws StateFileError. */
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

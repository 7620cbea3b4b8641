/** Writes the state as JSON Lines. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exportState } from '../../../relay/status/state-export.ts';
import { encodeStateLine, StateFileError } from '../../../relay/status/state-lines.ts';
import { systemClock } from '../../../shared/clock.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { oneSource, openPorts } from '../open.ts';

export interface StateExportOptions {
  readonly config: string;
  readonly source: string | undefined;
  readonly out: string | undefined;
}

export async function runExport(
  { config: file, source: name, out: target }: StateExportOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const source = oneSource(name, (await openPorts(file)).ports.sources);
  if (target !== undefined && (await exists(target))) {
    throw new RelayError('file_exists', `${target} exists already`);
  }
  const bar = out.progress('containers');
  let lines = 0;
  let isWhole = true;
  async function* text() {
    const state = exportState(
      { ...source, clock: systemClock },
      {
        containerPrefix: source.account.containerPrefix,
        signal,
        onUnreadable(document, message) {
          out.note(`Left out: ${visible(document)}: ${visible(message)}`);
          isWhole = false;
        },
        onContainers: (count) => bar.start(count),
        onContainer: () => bar.done(1),
      },
    );
    for await (const line of state) {
      lines += 1;
      yield `${encodeStateLine(line)}\n`;
    }
  }
  try {
    if (target === undefined) await out.printAll(text());
    else await writeWhole(target, text(), signal);
  } finally {
    bar.stop();
  }
  if (target !== undefined) {
    const written = plural(lines - 2, 'checkpoint or document', 'checkpoints and documents');
    out.print(`${written} written to ${target}.`);
  }
  return isWhole ? EXIT.ok : EXIT.failed;
}

/** Writes the file under another name and renames it at the end, so that nobody takes a part of an export for a whole one. */
async function writeWhole(file: string, text: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  const part = `${file}.part`;
  try {
    // Only the owner may read the file, because documents may contain parts of events.
    await pipeline(Readable.from(text), createWriteStream(part, { mode: 0o600 }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof RelayError || signal.aborted) throw error;
    throw new StateFileError('state_file_not_writable', `${file} cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

import { type FileHandle, open } from 'node:fs/promises';
import { batchLimits } from '../../destinations/common.ts';
import { encoded } from '../../destinations/encoded.ts';
import { DestinationRefusedError, RetryableError } from '../../destinations/errors.ts';
import type { FileConfig } from '../../destinations/file/config.ts';
import type { Destination } from '../../destinations/port.ts';
import { codeOf } from '../../shared/errors.ts';

const LIMITS = { items: 5_000, bytes: 4_194_304, ageMs: 500 };
/** A full or failing disk passes; a path that can't be written is a person's to mend. */
const PASSING: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'EAGAIN',
  'EBUSY',
]);

/**
 * JSON Lines appended to a file, or written to stdout where `path` is `-`: the relay shape unless the config says `raw`.
 *
 * The file is opened for each batch, so that it may be rotated. A line that a crash or a full disk cut short is ended
 * before the next is written, never completed.
 */
export function createFileDestination(name: string, config: FileConfig): Destination {
  const write = config.path === '-' ? toStdout : (text: string) => append(config.path, text);
  let last: Promise<unknown> = Promise.resolve();
  return {
    name,
    type: 'file',
    batch: batchLimits(config, LIMITS),
    concurrency: config.concurrency ?? 1,
    encode: (delivery) =>
      encoded(delivery, config.shape === 'raw' ? delivery.raw() : JSON.stringify(delivery.envelope)),
    async send(batch, signal) {
      const turn = last.then(async () => {
        signal.throwIfAborted();
        await write(batch.items.map((item) => `${item.payload}\n`).join(''));
      });
      last = turn.catch(() => {});
      try {
        await turn;
      } catch (error) {
        signal.throwIfAborted();
        throw troubleOf(error, config.path);
      }
    },
    async close() {
      await last;
    },
  };
}

async function append(path: string, text: string): Promise<void> {
  const file = await open(path, 'a+', 0o640);
  try {
    await file.appendFile((await endsInMidLine(file)) ? `\n${text}` : text);
  } finally {
    await file.close();
  }
}

async function endsInMidLine(file: FileHandle): Promise<boolean> {
  const stat = await file.stat();
  if (!stat.isFile() || stat.size === 0) return false;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, stat.size - 1);
  return bytesRead === 1 && buffer[0] !== 0x0a;
}

function toStdout(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

function troubleOf(error: unknown, path: string): RetryableError | DestinationRefusedError {
  const code = codeOf(error) ?? 'unknown';
  const message = `${path === '-' ? 'stdout' : path} can't be written (${code})`;
  return PASSING.has(code)
    ? new RetryableError('write_failed', message, { cause: error })
    : new DestinationRefusedError('not_writable', message, { cause: error });
}

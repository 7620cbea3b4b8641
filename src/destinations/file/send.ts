/** Writes batches as JSON Lines to a file or to standard output. */
import { foreignCodeOf } from '../../shared/errors.ts';
import { systemPhrase } from '../../shared/system-errors.ts';
import type { FileSenderDeps, Sender } from '../descriptor.ts';
import { DestinationRefusedError, RetryableError } from '../errors.ts';
import type { FileConfig } from './config.ts';

/** A full or failing disk passes; a path that can't be written needs a person to fix it. */
const PASSING: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'EAGAIN',
  'EBUSY',
]);

/** One batch at a time, whatever `concurrency` says: lines of two batches must not mix. */
export function fileSender({ path }: FileConfig, { files }: FileSenderDeps): Sender {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async send(batch, signal) {
      const turn = last.then(async () => {
        signal.throwIfAborted();
        await files.append(path, lines(batch.body.bytes()));
      });
      last = turn.catch(() => {});
      try {
        await turn;
      } catch (error) {
        signal.throwIfAborted();
        throw troubleOf(error, path);
      }
    },
    async close() {
      await last;
    },
  };
}

/** The separator stands between the lines; the last one gets its end here. */
function lines(bytes: Uint8Array): Uint8Array {
  const ended = new Uint8Array(bytes.length + 1);
  ended.set(bytes);
  ended[bytes.length] = 0x0a;
  return ended;
}

function troubleOf(error: unknown, path: string): RetryableError | DestinationRefusedError {
  const given: string = foreignCodeOf(error) ?? 'unknown';
  // After the first EPIPE, Node says only that it has destroyed the stream.
  const code = path === '-' && given === 'ERR_STREAM_DESTROYED' ? 'EPIPE' : given;
  const message = `${path === '-' ? 'stdout' : path} can't be written: ${systemPhrase(code)}`;
  return PASSING.has(code)
    ? new RetryableError('write_failed', message, { cause: error })
    : new DestinationRefusedError('not_writable', message, { cause: error });
}

/** Reads text that a command is given: a file, a device, a pipe or standard input, each within a limit. */
import { createReadStream } from 'node:fs';

/**
 * Reads a source whole. Throws the errors of the file system, the signal's reason, and an Error for a source that has more than `most` bytes:
 * a device may never end.
 *
 * @param source a path; `-` for standard input.
 */
export async function readAtMost(source: string, most: number, signal?: AbortSignal): Promise<string> {
  const stream = source === '-' ? process.stdin : createReadStream(source, { signal });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > most) throw new Error(`it has more than ${most.toLocaleString('en-US')} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

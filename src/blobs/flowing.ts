/** Reads the body of a download within time limits, in chunks of a useful size. */
import type { Readable } from 'node:stream';
import type { PassingBody } from '../azure/downloads.ts';
import { withDeadline } from '../shared/deadline.ts';

/** Smaller chunks are combined up to this size. Bytes. */
const CHUNK = 32_768;

/**
 * The chunks of a body, each of which must arrive within `idleMs`, not counting the caller's own time. Small chunks (workerd's have
 * 4 KiB) are combined. Chunks that arrived before an error are yielded before it is thrown.
 */
export async function* flowing(
  body: Readable,
  idleMs: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  const taken = () => {
    const [first] = waiting;
    const all = first && waiting.length === 1 ? first : Buffer.concat(waiting, bytes);
    waiting = [];
    bytes = 0;
    return all;
  };
  try {
    for (;;) {
      const next = await withDeadline(idleMs, signal, () => chunks.next());
      if (next.done) break;
      waiting.push(next.value);
      bytes += next.value.length;
      if (bytes >= CHUNK) yield taken();
    }
    if (bytes > 0) yield taken();
  } catch (thrown) {
    if (bytes > 0 && !signal?.aborted) yield taken();
    throw thrown;
  } finally {
    body.destroy();
  }
}

/** A body that the host reads. */
export interface HostBody {
  readonly body: PassingBody;
  /** The SDK's stream of it, which is not read; to be destroyed at the end. */
  readonly stream: Readable;
  /** Whether the chunks may be in memory that serves the next one. */
  readonly isPassing: boolean;
}

/** The same for a body that the host reads. */
export async function* passing(
  { body, stream, isPassing }: HostBody,
  idleMs: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const chunk = await body.next(idleMs, signal);
      if (!chunk) return;
      yield isPassing ? chunk : Buffer.from(chunk);
    }
  } finally {
    stream.destroy();
  }
}

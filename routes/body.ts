/** Reads and parses a request's body, within bounds of length, time and depth. */
import { Buffer } from 'node:buffer';
import { NotificationError } from '../src/event-grid/errors.ts';

/**
 * Reads a request's body, and no more of it than `limit` bytes. Undefined when it is longer: the rest is not read.
 * Rejects when the connection breaks, and with the signal's reason: a body that comes a byte at a time must not hold a
 * connection for ever.
 */
export async function readBody(
  request: Request,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return undefined;
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > limit) {
      await reader.cancel().catch(() => {});
      return undefined;
    }
    chunks.push(part.value);
  }
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return Buffer.concat(chunks, size);
}

/** Events are a few levels deep. Building hundreds of thousands of nested lists would hold the event loop. */
const MOST_LEVELS = 64;

/**
 * Throws a NotificationError: `notification_not_json` for bytes that are not JSON in UTF-8, `notification_malformed` where they nest
 * deeper than 64 levels.
 */
export function parseBody(bytes: Uint8Array): unknown {
  if (deeperThan(bytes, MOST_LEVELS)) {
    throw new NotificationError(
      'notification_malformed',
      `The body nests deeper than ${MOST_LEVELS} levels.`,
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (error) {
    throw new NotificationError('notification_not_json', 'The body is not JSON in UTF-8.', { cause: error });
  }
}

/** Looks at brackets alone, those inside strings aside, and no further than to the first that is too deep. */
function deeperThan(bytes: Uint8Array, most: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x5c && quoted) at++;
    else if (byte === 0x22) quoted = !quoted;
    else if (quoted) continue;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > most) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

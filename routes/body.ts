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

/** Throws a NotificationError `notification_not_json` for bytes that are not JSON in UTF-8. */
export function parseBody(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (error) {
    throw new NotificationError('notification_not_json', 'The body is not JSON in UTF-8.', { cause: error });
  }
}

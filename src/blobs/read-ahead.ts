/** A blob store that has some bytes of a blob at hand already. */
import type { BlobRef } from '../shared/blob-ref.ts';
import type { Ahead, BlobStore, ByteRange } from './port.ts';

/** The store, except that reads within the bytes of `ahead` are answered from them; what is behind them is asked of the store. */
export function withAhead(store: BlobStore, ahead: Ahead): BlobStore {
  return { ...store, read: (ref, range, signal) => readAhead(store, ahead, { ref, range, signal }) };
}

interface Request {
  readonly ref: BlobRef;
  readonly range: ByteRange;
  readonly signal: AbortSignal | undefined;
}

async function* readAhead(store: BlobStore, ahead: Ahead, request: Request): AsyncGenerator<Uint8Array> {
  const { ref, range, signal } = request;
  const { start, end, createdOn = ahead.createdOn, isPassing } = range;
  const last = ahead.start + ahead.bytes.length;
  const isHeld = isSameBlob(ref, ahead.ref) && createdOn === ahead.createdOn;
  if (!isHeld || start < ahead.start || start >= last || end <= start) {
    yield* store.read(ref, range, signal);
    return;
  }
  signal?.throwIfAborted();
  const until = Math.min(end, last);
  yield ahead.bytes.subarray(start - ahead.start, until - ahead.start);
  if (until < end) yield* store.read(ref, { start: until, end, createdOn, isPassing }, signal);
}

function isSameBlob(a: BlobRef, b: BlobRef): boolean {
  return a.account === b.account && a.container === b.container && a.name === b.name;
}

/** The part of `node:zlib` that destinations use, for browsers. Its bytes differ from Node's; what they unpack to is the same. */
import { gzipSync as packed } from 'fflate';

interface Options {
  readonly level?: number;
}

export function gzipSync(bytes: Uint8Array, _options: Options = {}): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(packed(bytes, { level: 1, mtime: 0 }));
}

export function gzip(
  bytes: Uint8Array,
  options: Options,
  done: (error: Error | null, result: Uint8Array<ArrayBuffer>) => void,
): void {
  done(null, gzipSync(bytes, options));
}

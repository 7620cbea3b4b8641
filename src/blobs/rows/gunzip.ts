/** Decompresses gzip data as it is read. */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { CodeOf } from '../../shared/error-codes.ts';
import { foreignCodeOf, NarrowRelayError } from '../../shared/errors.ts';

/** The gzip data ends too early (`truncated_gzip`) or is damaged (`corrupt_gzip`). The data before that was yielded. */
export class GzipError extends NarrowRelayError<CodeOf<'rows'>> {}

/** The size of a piece in bytes. Each piece becomes a page of rows, and a row that spans two pieces must be joined. */
const CHUNK_BYTES = 131_072;

/** Decompresses a stream piece by piece. Several gzip members in sequence count as one stream. Throws {@link GzipError}. */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let sourceError: unknown;
  const source = Readable.from(
    (async function* () {
      try {
        yield* chunks;
      } catch (error) {
        sourceError = error;
        throw error;
      }
    })(),
    { objectMode: false },
  );
  const inflate = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  try {
    for await (const piece of inflate) yield piece as Buffer;
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    const code = foreignCodeOf(error) ?? '';
    if (code === 'Z_BUF_ERROR') {
      throw new GzipError('truncated_gzip', 'The gzip data ends before its end', { cause: error });
    }
    if (code.startsWith('Z_')) {
      throw new GzipError('corrupt_gzip', 'The gzip data is damaged', { cause: error });
    }
    throw error;
  } finally {
    source.destroy();
    inflate.destroy();
  }
}

import type { BlobRef } from '../../shared/blob-ref.ts';
import type { BlobStore } from '../port.ts';
import { documentSplitter } from './document.ts';
import { FORMAT_BYTES, type Format, formatOf } from './format.ts';
import { GzipError, gunzip } from './gunzip.ts';
import { lineSplitter } from './lines.ts';
import type { RawRow, RowSplitter } from './raw-row.ts';

/** What a reader is given next. */
export type RowPage =
  | { readonly kind: 'rows'; readonly rows: readonly RawRow[]; readonly position: number }
  | {
      readonly kind: 'end';
      /** Logical offset behind the last complete row. */
      readonly position: number;
      /** A row without its line end: a row only when the blob is closed. */
      readonly rest: RawRow | undefined;
      /** Set when the compressed data could not be read further. */
      readonly damage: GzipError | undefined;
    };

export interface ReadOptions {
  /** Logical offset to start at: 0, or where an earlier reader stopped. */
  readonly start: number;
  /** Stored bytes to read up to: the length last seen. */
  readonly length: number;
  /** As found by {@link detectFormat}. */
  readonly format: Format;
  /** Bytes of one row that are kept in memory; a longer one comes truncated. */
  readonly rowLimit: number;
  /** The blob's creation time: reading ends with `blob_replaced` when another blob has the name meanwhile. */
  readonly createdOn?: number;
  readonly signal?: AbortSignal;
}

/** Looks at a blob's first bytes. An append blob holds lines or gzip: its first row alone must not decide. */
export async function detectFormat(
  store: BlobStore,
  ref: BlobRef,
  stat: { readonly length: number; readonly type: string },
  signal?: AbortSignal,
): Promise<Format> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(ref, 0, Math.min(stat.length, FORMAT_BYTES), signal))
    pieces.push(piece);
  const format = formatOf(Buffer.concat(pieces));
  return stat.type === 'append' && format === 'document' ? 'lines' : format;
}

/**
 * Reads a blob's rows from a logical offset, a page at a time: memory holds one piece and one unfinished row.
 *
 * A gzip blob is read from its first byte each time; rows before `start` are passed over.
 * Throws {@link BlobError}; damage in gzip data is part of the last page instead, after the rows before it.
 */
export async function* readRows(
  store: BlobStore,
  ref: BlobRef,
  options: ReadOptions,
): AsyncGenerator<RowPage> {
  const { start, length, format, rowLimit, signal, createdOn } = options;
  if (format === 'gzip') {
    yield* readGzip(store, ref, options);
    return;
  }
  const splitter = splitterFor(format, start, rowLimit);
  for await (const piece of store.read(ref, start, length, signal, createdOn)) {
    yield { kind: 'rows', rows: splitter.push(asBuffer(piece)), position: splitter.position };
  }
  yield { kind: 'end', position: splitter.position, rest: splitter.rest(), damage: undefined };
}

async function* readGzip(store: BlobStore, ref: BlobRef, options: ReadOptions): AsyncGenerator<RowPage> {
  const { start, length, rowLimit, signal, createdOn } = options;
  const unread = (rows: readonly RawRow[]) => rows.filter((row) => row.offset >= start);
  let splitter: RowSplitter | undefined;
  let head: Buffer = Buffer.alloc(0);
  let damage: GzipError | undefined;
  try {
    for await (const piece of gunzip(store.read(ref, 0, length, signal, createdOn))) {
      if (splitter) {
        yield { kind: 'rows', rows: unread(splitter.push(piece)), position: splitter.position };
        continue;
      }
      head = Buffer.concat([head, piece]);
      if (head.length < FORMAT_BYTES) continue;
      splitter = splitterFor(formatOf(head), 0, rowLimit);
      yield { kind: 'rows', rows: unread(splitter.push(head)), position: splitter.position };
    }
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    damage = error;
  }
  if (!splitter) {
    splitter = splitterFor(formatOf(head), 0, rowLimit);
    yield { kind: 'rows', rows: unread(splitter.push(head)), position: splitter.position };
  }
  const rest = splitter.rest();
  yield {
    kind: 'end',
    position: splitter.position,
    rest: rest && rest.end > start ? rest : undefined,
    damage,
  };
}

function splitterFor(format: Format, start: number, rowLimit: number): RowSplitter {
  return format === 'document' ? documentSplitter(start, rowLimit) : lineSplitter(start, rowLimit);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

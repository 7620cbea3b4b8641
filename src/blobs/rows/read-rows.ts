/** Reads a blob's rows, of any format, from an offset on, and notices replaced content. */
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import { BlobError } from '../errors.ts';
import type { BlobStore } from '../port.ts';
import { documentSplitter, objectSplitter } from './document.ts';
import { beginningOf, type Fingerprint, Tape } from './fingerprint.ts';
import { type FileFormat, FORMAT_BYTES, type Format, fileFormatOf, formatOf } from './format.ts';
import { GzipError, gunzip } from './gunzip.ts';
import { lineSplitter } from './lines.ts';
import type { RawRow, RowSplitter } from './raw-row.ts';
import { passingLineSplitter, scannedLineSplitter } from './scanned-lines.ts';
import { scanPage } from './scanner/index.ts';

/** What the reader yields: pages of rows, and the end. */
export type RowPage =
  | {
      readonly kind: 'rows';
      readonly rows: readonly RawRow[];
      readonly position: number;
      /** Fingerprints at the ends of some rows and at the position, in order. */
      readonly prints: readonly Fingerprint[];
    }
  | {
      readonly kind: 'end';
      /** The logical offset after the last complete row. */
      readonly position: number;
      /** The bytes after the last line end, which are a row only if the blob is closed. */
      readonly rest: RawRow | undefined;
      /** Present if the compressed data is damaged or incomplete. */
      readonly damage: GzipError | undefined;
    };

export interface ReadOptions {
  /** The logical offset at which to start: 0, or where an earlier reader stopped. */
  readonly start: number;
  /** The stored length up to which to read. */
  readonly length: number;
  /** The format that {@link detectFormat} or {@link detectFileFormat} found. */
  readonly format: FileFormat;
  /** Whether what is compressed may be `objects`, too: it is a file, not a blob. */
  readonly isFile?: boolean;
  /** How many bytes of one row are kept in memory; a longer row is truncated. */
  readonly rowLimit: number;
  /** Whether only the places of the rows are needed, not their content. */
  readonly isCounting?: boolean;
  /** Whether the rows of a page are not read any more once the next page is asked for: they may throw then. It leaves less garbage. */
  readonly isPassing?: boolean;
  /** The blob's creation time. Reading throws `blob_replaced` if another blob has the name now. */
  readonly createdOn?: number;
  /** Known fingerprints of the content. Reading throws `blob_rewritten` if one does not match. Rows after a fingerprint are yielded only once it was compared. */
  readonly known?: readonly Fingerprint[];
  readonly signal?: AbortSignal;
}

/** A fingerprint further than this before the first unread row is not compared, because of the bytes in between. */
const FAR_BYTES = 1_048_576;

/** Detects a blob's format by its first bytes. An append blob contains lines or gzip, so the form of its first row does not matter. */
export async function detectFormat(
  store: BlobStore,
  ref: BlobRef,
  stat: { readonly length: number; readonly type: string },
  signal?: AbortSignal,
): Promise<Format> {
  const format = formatOf(await headOf(store, ref, stat, signal));
  return stat.type === 'append' && format === 'document' ? 'lines' : format;
}

/** Detects a file's format by its first bytes. @param store one of files. */
export async function detectFileFormat(
  store: BlobStore,
  ref: BlobRef,
  stat: { readonly length: number },
): Promise<FileFormat> {
  return fileFormatOf(await headOf(store, ref, stat));
}

async function headOf(
  store: BlobStore,
  ref: BlobRef,
  { length }: { readonly length: number },
  signal?: AbortSignal,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(ref, { start: 0, end: Math.min(length, FORMAT_BYTES) }, signal))
    pieces.push(piece);
  return Buffer.concat(pieces);
}

/**
 * Reads a blob's rows from a logical offset, page by page. Memory holds one piece and one unfinished row.
 *
 * A gzip blob is read from its first byte each time; rows before `start` are skipped. Throws {@link BlobError}. Damaged gzip data does not
 * throw: the last page reports it, after the rows before it.
 */
export async function* readRows(
  store: BlobStore,
  ref: BlobRef,
  options: ReadOptions,
): AsyncGenerator<RowPage> {
  const { start, length, format, signal, createdOn, known = [] } = options;
  // A document's rows are views of its pieces, which nothing refuses to read afterwards.
  const isPassing = options.isPassing && format === 'lines';
  if (format === 'gzip') {
    yield* readGzip(store, ref, options);
    return;
  }
  const splitter = splitterFor(format, start, options);
  // Fingerprints that are near the start are compared in the same request as the rows.
  const near = known.filter(({ at }) => at <= length && at > start - FAR_BYTES);
  const from = Math.min(beginningOf(start), ...near.map(({ at }) => beginningOf(at)));
  const tape = new Tape(from, near);
  let ahead = start - from;
  for await (const bytes of store.read(ref, { start: from, end: length, createdOn, isPassing }, signal)) {
    const piece = asBuffer(bytes);
    if (!tape.push(piece)) throw rewritten(ref);
    const unread = piece.subarray(ahead);
    ahead = Math.max(0, ahead - piece.length);
    for (const part of format === 'lines' ? partsOf(unread) : [unread]) {
      if (part.length === 0) continue;
      const rows = splitter.push(part);
      yield pageOf(rows, splitter.position, tape);
    }
    tape.leave();
  }
  if (tape.isShort) throw rewritten(ref);
  yield { kind: 'end', position: splitter.position, rest: splitter.rest(), damage: undefined };
}

/** The size limit of a page, unless a row is longer: all rows of a page are in memory together, with their verdicts. Bytes. */
const PAGE_BYTES = 262_144;
const LF = 0x0a;

/** Cuts a piece into pages at line ends. */
function* partsOf(piece: Buffer): Generator<Buffer> {
  let from = 0;
  while (piece.length - from > PAGE_BYTES) {
    const within = piece.lastIndexOf(LF, from + PAGE_BYTES - 1);
    const end = within >= from ? within : piece.indexOf(LF, from + PAGE_BYTES);
    if (end === -1) break;
    yield piece.subarray(from, end + 1);
    from = end + 1;
  }
  if (from < piece.length) yield piece.subarray(from);
}

async function* readGzip(store: BlobStore, ref: BlobRef, options: ReadOptions): AsyncGenerator<RowPage> {
  const { start, length, signal, createdOn, known = [], isFile = false } = options;
  const formatIn = isFile ? fileFormatOf : formatOf;
  const unread = (rows: readonly RawRow[]) => rows.filter((row) => row.offset >= start);
  let splitter: RowSplitter | undefined;
  let head: Buffer = Buffer.alloc(0);
  let damage: GzipError | undefined;
  const tape = new Tape(0, known);
  try {
    for await (const piece of gunzip(store.read(ref, { start: 0, end: length, createdOn }, signal))) {
      if (!tape.push(piece)) throw rewritten(ref);
      if (splitter) {
        const rows = unread(splitter.push(piece));
        yield pageOf(rows, splitter.position, tape);
        continue;
      }
      head = Buffer.concat([head, piece]);
      if (head.length < FORMAT_BYTES) continue;
      splitter = splitterFor(formatIn(head), 0, options);
      const rows = unread(splitter.push(head));
      yield pageOf(rows, splitter.position, tape);
    }
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    damage = error;
  }
  if (tape.isShort) throw rewritten(ref);
  if (!splitter) {
    splitter = splitterFor(formatIn(head), 0, options);
    const rows = unread(splitter.push(head));
    yield pageOf(rows, splitter.position, tape);
  }
  const rest = splitter.rest();
  yield {
    kind: 'end',
    position: splitter.position,
    rest: rest && rest.end > start ? rest : undefined,
    damage,
  };
}

/** The bytes between two fingerprints of a page, so that a cursor that stops within the page has one not far before it. Each costs the hash of 4 KiB. */
const PRINT_EVERY = 131_072;

function pageOf(rows: readonly RawRow[], position: number, tape: Tape): RowPage {
  const ends: number[] = [];
  let last = -PRINT_EVERY;
  for (let at = 0; at < rows.length; at++) {
    const { end } = rows[at] as RawRow;
    if (end < last + PRINT_EVERY) continue;
    ends.push(end);
    last = end;
  }
  if (last !== position) ends.push(position);
  return { kind: 'rows', rows, position, prints: ends.flatMap((end) => tape.print(end) ?? []) };
}

function rewritten(ref: BlobRef): BlobError {
  return new BlobError('blob_rewritten', `${blobPath(ref)} has other content than before`);
}

/**
 * Whether the content still has a fingerprint. Reads the bytes before its offset; for gzip data, everything up to it. Throws {@link BlobError}.
 */
export async function hasFingerprint(
  store: BlobStore,
  ref: BlobRef,
  print: Fingerprint,
  options: Pick<ReadOptions, 'length' | 'createdOn' | 'signal'> & { readonly format: Format },
): Promise<boolean> {
  const { length, format, createdOn, signal } = options;
  const isGzip = format === 'gzip';
  const tape = new Tape(isGzip ? 0 : beginningOf(print.at), [print]);
  const pieces = isGzip
    ? gunzip(store.read(ref, { start: 0, end: length, createdOn }, signal))
    : store.read(ref, { start: beginningOf(print.at), end: Math.min(print.at, length), createdOn }, signal);
  try {
    for await (const piece of pieces) {
      if (!tape.push(asBuffer(piece))) return false;
      if (!tape.isShort) return true;
    }
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
  }
  return !tape.isShort;
}

function splitterFor(
  format: FileFormat,
  start: number,
  { rowLimit, isCounting = false, isPassing = false }: ReadOptions,
): RowSplitter {
  if (format === 'document') return documentSplitter(start, rowLimit);
  if (format === 'objects') return objectSplitter(start, rowLimit);
  if (isCounting) return lineSplitter(start, rowLimit);
  return isPassing ? passingLineSplitter(start, rowLimit) : scannedLineSplitter(start, rowLimit, scanPage);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Opens files and blobs whose rows `rules run` and `schema learn` read. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from '../../../blobs/port.ts';
import type { FileFormat } from '../../../blobs/rows/format.ts';
import { gunzip } from '../../../blobs/rows/gunzip.ts';
import { type ParsedRow, parseRow } from '../../../blobs/rows/parse-row.ts';
import type { RawRow } from '../../../blobs/rows/raw-row.ts';
import { detectFileFormat, detectFormat, readRows } from '../../../blobs/rows/read-rows.ts';
import { findFiles } from '../../../hosts/node/rule-files.ts';
import { type BlobRef, blobPath, isRowBlobName } from '../../../shared/blob-ref.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { fileStore } from './file-store.ts';

/** The length limit of a row in bytes, the default of relay.yaml's `limits.row`. Longer rows count as unreadable. */
const ROW_LIMIT = 4 * 1_048_576;

/** A row of a file or a blob. What was parsed, and the row itself, are valid until the next row is asked for. */
export interface ReadRow {
  readonly parsed: ParsedRow;
  readonly raw: RawRow;
  readonly end: number;
  readonly bytes: number;
}

/** A local file or a blob with rows, in any format that the relay reads; in a file, a row may also be written over several lines. */
export interface RowSource {
  readonly name: string;
  /** The stored length in bytes. */
  readonly length: number;
  /** The rows, including a last row without a line end. */
  rows(): AsyncGenerator<ReadRow>;
  /** Where a byte of the content is, decompressed. Reads the content up to there, and throws what reading throws. */
  place(offset: number): Promise<RowPlace>;
}

/** Both are counted from 1. */
export interface RowPlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Opens a local path, or the https address of a blob in one of relay.yaml's accounts.
 *
 * Throws a RelayError: `rows_unreadable`, `config_needed`, or an error of reading relay.yaml or of Azure.
 */
export async function openRows(argument: string, config: string | undefined): Promise<RowSource> {
  if (/^https?:\/\//.test(argument)) return await openBlob(argument, config);
  const known = await stat(argument).catch((cause: unknown) => {
    throw new RelayError('rows_unreadable', `${argument}: ${messageOf(cause)}`, { cause });
  });
  if (!known.isFile()) throw new RelayError('rows_unreadable', `${argument}: not a file`);
  const ref = { account: 'local', container: '', name: argument };
  return await sourceOf(fileStore(argument), ref, { name: argument, isFile: true });
}

/** The most files or blobs of one folder. */
const MAX_FILES = 20_000;
const ROW_FILE = /\.(?:json|jsonl|ndjson)(?:\.gz)?$/i;

/**
 * Opens files, folders of files (`.json`, `.jsonl`, `.ndjson`, each also with `.gz`), blobs, and folders of blobs, whose addresses end
 * with a slash (`.../y=2026/m=11/d=26/`): each in the order of names. Throws as {@link openRows}.
 */
export async function openCorpus(
  inputs: readonly string[],
  config: string | undefined,
): Promise<readonly RowSource[]> {
  const found: RowSource[] = [];
  for (const input of inputs) {
    if (/^https?:\/\/.*\/$/.test(input)) found.push(...(await openBlobs(input, config)));
    else if ((await stat(input).catch(() => undefined))?.isDirectory()) {
      const paths = await findFiles(input, (path) => ROW_FILE.test(path));
      if (paths.length === 0) {
        throw new RelayError(
          'rows_unreadable',
          `${input}: no file with rows (*.json, *.jsonl, *.ndjson, *.gz) is there`,
        );
      }
      for (const path of paths) found.push(await openRows(join(input, path), config));
    } else found.push(await openRows(input, config));
  }
  return found;
}

async function openBlobs(url: string, config: string | undefined): Promise<readonly RowSource[]> {
  // A name makes a blob of the folder, so that its address is checked as all others are.
  const name = 'PT1H.json';
  const { blobs, ref } = await locate(`${url}${name}`, config);
  const prefix = ref.name.slice(0, -name.length);
  const sources: RowSource[] = [];
  for await (const entry of blobs.list(ref.container, prefix)) {
    if (!isRowBlobName(entry.ref.name) || entry.length === 0) continue;
    if (sources.length === MAX_FILES)
      throw new RelayError('rows_unreadable', `${url}: more than ${MAX_FILES} blobs`);
    sources.push(await sourceOf(blobs, entry.ref, { name: blobPath(entry.ref), isFile: false }));
  }
  if (sources.length === 0) throw new RelayError('rows_unreadable', `${url}: no blob with rows is there`);
  return sources;
}

async function openBlob(url: string, config: string | undefined): Promise<RowSource> {
  const { blobs, ref } = await locate(url, config);
  return await sourceOf(blobs, ref, { name: blobPath(ref), isFile: false });
}

/** Finds the blob of an address, and the storage that it is in. */
async function locate(
  url: string,
  config: string | undefined,
): Promise<{ readonly blobs: BlobStore; readonly ref: BlobRef }> {
  if (config === undefined) {
    throw new RelayError(
      'config_needed',
      'a blob needs --config relay.yaml, which names the account and its key',
    );
  }
  // Azure's client loads slowly, so it is imported only to read a blob.
  const [{ azurePorts }, { nodeCredentials }, { loadConfigFile }, { blobFromUrl }, { sourceOfBlob }] =
    await Promise.all([
      import('../../../hosts/azure-ports.ts'),
      import('../../../hosts/node/credential.ts'),
      import('../../../hosts/node/config-file.ts'),
      import('../../../event-grid/blob-url.ts'),
      import('../../../relay/source/sources.ts'),
    ]);
  const { sources } = azurePorts((await loadConfigFile(config)).config, nodeCredentials);
  const outcome = blobFromUrl(
    url,
    sources.map(({ account }) => account),
  );
  if (outcome.kind === 'ignored') {
    const reason = outcome.reason.replaceAll('_', ' ');
    throw new RelayError('rows_unreadable', `${url}: not a blob that relay.yaml covers (${reason})`);
  }
  const source = sourceOfBlob(sources, outcome.ref);
  if (!source) throw new RelayError('rows_unreadable', `${url}: not a blob that relay.yaml covers`);
  return { blobs: source.blobs, ref: outcome.ref };
}

async function sourceOf(
  store: BlobStore,
  ref: BlobRef,
  { name, isFile }: { readonly name: string; readonly isFile: boolean },
): Promise<RowSource> {
  const known = await store.stat(ref);
  if (known === undefined) throw new RelayError('rows_unreadable', `${name}: there is no such blob`);
  const detect = isFile ? detectFileFormat : detectFormat;
  const format: FileFormat = await detect(store, ref, known);
  return {
    name,
    length: known.length,
    async place(offset) {
      const isCompressed = format === 'gzip';
      const stored = store.read(ref, { start: 0, end: isCompressed ? known.length : offset });
      return await placeIn(isCompressed ? gunzip(stored) : stored, offset);
    },
    async *rows() {
      const options = { start: 0, length: known.length, format, rowLimit: ROW_LIMIT, isFile };
      for await (const page of readRows(store, ref, options)) {
        const rows = page.kind === 'rows' ? page.rows : page.rest ? [page.rest] : [];
        for (const raw of rows) {
          yield { parsed: parseRow(raw, name, ROW_LIMIT), raw, end: raw.end, bytes: raw.end - raw.offset };
        }
        if (page.kind === 'end' && page.damage) {
          throw new RelayError('rows_unreadable', `${name}: ${page.damage.message}`, { cause: page.damage });
        }
      }
    },
  };
}

const LF = 0x0a;

/** The line and the column of the byte at `offset`. */
async function placeIn(pieces: AsyncIterable<Uint8Array>, offset: number): Promise<RowPlace> {
  let [line, column, before] = [1, 1, 0];
  for await (const piece of pieces) {
    for (const byte of piece.subarray(0, offset - before)) {
      if (byte === LF) [line, column] = [line + 1, 1];
      // One character, of however many bytes.
      else if ((byte & 0xc0) !== 0x80) column += 1;
    }
    before += piece.length;
    if (before >= offset) break;
  }
  return { line, column };
}

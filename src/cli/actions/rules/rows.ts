/** Opens the rows that rules are tried on. */
import { stat } from 'node:fs/promises';
import type { BlobStore } from '../../../blobs/port.ts';
import { type ParsedRow, parseRow } from '../../../blobs/rows/parse-row.ts';
import { detectFormat, readRows } from '../../../blobs/rows/read-rows.ts';
import { type BlobRef, blobPath } from '../../../shared/blob-ref.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { fileStore } from './file-store.ts';

/** Longer rows are counted as unreadable: the default of relay.yaml's `limits.row`. Bytes. */
const ROW_LIMIT = 4 * 1_048_576;

/** Rows to try rules on: a local file or a blob, in any form the relay reads. */
export interface RowSource {
  readonly name: string;
  /** Stored bytes. */
  readonly length: number;
  /** The rows, a last one without its line end included. */
  rows(): AsyncGenerator<{ readonly parsed: ParsedRow; readonly end: number; readonly bytes: number }>;
}

/**
 * Opens a path, or the https address of a blob of one of relay.yaml's accounts.
 *
 * Throws a RelayError: `rows_unreadable`, `config_needed`, or what reading relay.yaml and Azure throw.
 */
export async function openRows(argument: string, config: string | undefined): Promise<RowSource> {
  if (/^https?:\/\//.test(argument)) return await openBlob(argument, config);
  const known = await stat(argument).catch((cause: unknown) => {
    throw new RelayError('rows_unreadable', `${argument}: ${messageOf(cause)}`, { cause });
  });
  if (!known.isFile()) throw new RelayError('rows_unreadable', `${argument}: not a file`);
  return await sourceOf(fileStore(argument), { account: 'local', container: '', name: argument }, argument);
}

async function openBlob(url: string, config: string | undefined): Promise<RowSource> {
  if (config === undefined) {
    throw new RelayError(
      'config_needed',
      'a blob needs --config relay.yaml, which names the account and its key',
    );
  }
  // Azure's client takes its time to load: only those who read a blob wait for it.
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
  return await sourceOf(source.blobs, outcome.ref, blobPath(outcome.ref));
}

async function sourceOf(store: BlobStore, ref: BlobRef, name: string): Promise<RowSource> {
  const known = await store.stat(ref);
  if (known === undefined) throw new RelayError('rows_unreadable', `${name}: there is no such blob`);
  const format = await detectFormat(store, ref, known);
  return {
    name,
    length: known.length,
    async *rows() {
      const options = { start: 0, length: known.length, format, rowLimit: ROW_LIMIT };
      for await (const page of readRows(store, ref, options)) {
        const rows = page.kind === 'rows' ? page.rows : page.rest ? [page.rest] : [];
        for (const raw of rows) {
          yield { parsed: parseRow(raw, name, ROW_LIMIT), end: raw.end, bytes: raw.end - raw.offset };
        }
        if (page.kind === 'end' && page.damage) {
          throw new RelayError('rows_unreadable', `${name}: ${page.damage.message}`, { cause: page.damage });
        }
      }
    },
  };
}

/** Stores the documents that consumers share as small blobs of the state container. */
import type { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { blobClientOf } from '../azure/blob-client.ts';
import { blobNamesOf } from '../azure/names.ts';
import {
  BlobTooLargeError,
  deleteSmallBlob,
  ensureContainer,
  readBeginning,
  readSmallBlob,
  writeSmallBlob,
} from '../azure/small-blob.ts';
import { attempt, conflict, unavailable } from './attempt.ts';
import {
  decodeDocument,
  documentFolder,
  documentPath,
  encodeDocument,
  MAX_COPY_BYTES,
  MAX_DOCUMENT_BYTES,
  type StateDocuments,
  UnreadableDocumentError,
} from './documents.ts';
import { CheckpointError } from './errors.ts';
import type { Scope } from './naming.ts';

const TIMEOUT_MS = 20_000;

/** Makes the {@link StateDocuments} in the container of the checkpoints; with a scope, the documents of one source. */
export function createAzureStateDocuments(
  service: BlobServiceClient,
  container: string,
  scope?: Scope,
): StateDocuments {
  const folder = documentFolder(scope);

  function clientOf(path: string): BlockBlobClient {
    const client = blobClientOf(service, container, path);
    if (client) return client;
    throw new CheckpointError('storage_unavailable', `There cannot be a container ${container}`);
  }

  /** Whether a path is a document of this scope; the documents of named sources are in folders that begin with `@`. */
  const isOurs = (path: string) => path.endsWith('.json') && !path.startsWith('@', folder.length);

  return {
    async ensure() {
      await attempt(`create the container ${container}`, () =>
        ensureContainer(service, container, TIMEOUT_MS),
      );
    },

    async get(name, signal) {
      const path = documentPath(name, scope);
      const blob = await attempt(
        `load ${path}`,
        async () => {
          try {
            return await readSmallBlob(clientOf(path), MAX_DOCUMENT_BYTES, TIMEOUT_MS, signal);
          } catch (thrown) {
            if (!(thrown instanceof BlobTooLargeError)) throw thrown;
            throw new UnreadableDocumentError(`${path}: ${thrown.message}`, { etag: thrown.etag, text: '' });
          }
        },
        signal,
      );
      return blob && { value: decodeDocument(path, blob.content, blob.etag), etag: blob.etag };
    },

    async put(name, value, etag) {
      const path = documentPath(name, scope);
      const content = encodeDocument(path, value);
      const written = await attempt(`save ${path}`, () =>
        writeSmallBlob(clientOf(path), content, { etag, timeoutMs: TIMEOUT_MS }),
      );
      if (written !== undefined) return written;
      throw conflict(path);
    },

    async copy(name, to, etag) {
      const [path, target] = [documentPath(name, scope), documentPath(to, scope)];
      const isCopied = await attempt(`copy ${path}`, async () => {
        const content = await readBeginning(clientOf(path), MAX_COPY_BYTES, etag, TIMEOUT_MS);
        if (content === undefined) return false;
        await writeSmallBlob(clientOf(target), content, { etag: 'any', timeoutMs: TIMEOUT_MS });
        return true;
      });
      if (!isCopied) throw conflict(path);
    },

    async remove(name, etag) {
      const path = documentPath(name, scope);
      const became = await attempt(`remove ${path}`, () => deleteSmallBlob(clientOf(path), etag, TIMEOUT_MS));
      if (became === 'changed') throw conflict(path);
    },

    async *list(prefix, signal): AsyncGenerator<string> {
      const client = service.getContainerClient(container);
      try {
        for await (const name of blobNamesOf(client, folder + prefix, TIMEOUT_MS, signal)) {
          if (isOurs(name)) yield name.slice(folder.length, -'.json'.length);
        }
      } catch (thrown) {
        signal?.throwIfAborted();
        throw unavailable(`list ${folder}${prefix}*`, thrown);
      }
    },
  };
}

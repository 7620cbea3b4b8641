import type { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { blobClientOf } from '../shared/azure/blob-client.ts';
import { pagesOf } from '../shared/azure/pages.ts';
import {
  deleteSmallBlob,
  ensureContainer,
  readSmallBlob,
  writeSmallBlob,
} from '../shared/azure/small-blob.ts';
import { attempt, conflict, unavailable } from './attempt.ts';
import {
  DOCUMENT_FOLDER,
  decodeDocument,
  documentPath,
  encodeDocument,
  MAX_DOCUMENT_BYTES,
  type StateDocuments,
} from './documents.ts';
import { CheckpointError } from './errors.ts';

const TIMEOUT_MS = 20_000;

/** {@link StateDocuments} in the container of the checkpoints. */
export function createAzureStateDocuments(service: BlobServiceClient, container: string): StateDocuments {
  function clientOf(path: string): BlockBlobClient {
    const client = blobClientOf(service, container, path);
    if (client) return client;
    throw new CheckpointError('storage_unavailable', `There cannot be a container ${container}`);
  }

  return {
    async ensure() {
      await attempt(`create the container ${container}`, () =>
        ensureContainer(service, container, TIMEOUT_MS),
      );
    },

    async get(name, signal) {
      const path = documentPath(name);
      const blob = await attempt(
        `load ${path}`,
        () => readSmallBlob(clientOf(path), MAX_DOCUMENT_BYTES, TIMEOUT_MS, signal),
        signal,
      );
      return blob && { value: decodeDocument(path, blob.content), etag: blob.etag };
    },

    async put(name, value, etag) {
      const path = documentPath(name);
      const content = encodeDocument(path, value);
      const written = await attempt(`save ${path}`, () =>
        writeSmallBlob(clientOf(path), content, { etag, timeoutMs: TIMEOUT_MS }),
      );
      if (written !== undefined) return written;
      throw conflict(path);
    },

    async remove(name, etag) {
      const path = documentPath(name);
      const removed = await attempt(`remove ${path}`, () =>
        deleteSmallBlob(clientOf(path), etag, TIMEOUT_MS),
      );
      if (!removed) throw conflict(path);
    },

    async *list(prefix, signal): AsyncGenerator<string> {
      const pages = service
        .getContainerClient(container)
        .listBlobsFlat({ prefix: DOCUMENT_FOLDER + prefix, ...(signal && { abortSignal: signal }) })
        .byPage({ maxPageSize: 1000 });
      try {
        for await (const page of pagesOf(pages, signal)) {
          for (const { name } of page.segment.blobItems) {
            if (name.endsWith('.json')) yield name.slice(DOCUMENT_FOLDER.length, -'.json'.length);
          }
        }
      } catch (thrown) {
        signal?.throwIfAborted();
        throw unavailable(`list ${DOCUMENT_FOLDER}${prefix}*`, thrown);
      }
    },
  };
}

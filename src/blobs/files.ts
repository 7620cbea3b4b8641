/** Reads and writes blobs that are texts, as a whole. */
import type { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { blobClientOf } from '../azure/blob-client.ts';
import { readSmallBlob, writeSmallBlob } from '../azure/small-blob.ts';
import { translated } from '../shared/translated.ts';
import { blobError } from './azure-errors.ts';
import { BlobError } from './errors.ts';

/** A container as a folder of text files. */
export interface BlobFiles {
  /** Undefined if there is no such blob. Throws BlobError. */
  read(name: string): Promise<string | undefined>;
  /** Throws BlobError. */
  write(name: string, text: string): Promise<void>;
}

const MOST_BYTES = 256 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** Makes {@link BlobFiles} of a container that exists. */
export function createBlobFiles(service: BlobServiceClient, container: string): BlobFiles {
  const clientOf = (name: string): BlockBlobClient => {
    const client = blobClientOf(service, container, name);
    if (client) return client;
    throw new BlobError('blob_gone', `There cannot be a blob ${container}/${name}`);
  };
  return {
    async read(name) {
      const blob = await translated(
        () => readSmallBlob(clientOf(name), MOST_BYTES, TIMEOUT_MS),
        (thrown) => blobError(`read ${container}/${name}`, thrown),
      );
      return blob?.content.toString('utf8');
    },
    async write(name, text) {
      await translated(
        () => writeSmallBlob(clientOf(name), Buffer.from(text), { etag: 'any', timeoutMs: TIMEOUT_MS }),
        (thrown) => blobError(`write ${container}/${name}`, thrown),
      );
    },
  };
}

/** Stores the version of the state as a small blob of the state container. */
import type { BlobServiceClient } from '@azure/storage-blob';
import { blobClientOf } from '../azure/blob-client.ts';
import { readSmallBlob, writeSmallBlob } from '../azure/small-blob.ts';
import { attempt, conflict } from './attempt.ts';
import { CheckpointError, StateMissingError } from './errors.ts';
import { VERSION_BLOB, type VersionStore } from './state-version.ts';

const TIMEOUT_MS = 20_000;
/** More than any version's blob needs. */
const MAX_BYTES = 65_536;

export function azureVersionStore(service: BlobServiceClient, container: string): VersionStore {
  function client() {
    const found = blobClientOf(service, container, VERSION_BLOB);
    if (found) return found;
    throw new CheckpointError('storage_unavailable', `There cannot be a container ${container}`);
  }
  return {
    container,
    async load(signal) {
      try {
        const blob = await attempt(
          `load ${VERSION_BLOB}`,
          () => readSmallBlob(client(), MAX_BYTES, TIMEOUT_MS, signal),
          signal,
        );
        return blob && { text: blob.content.toString(), etag: blob.etag };
      } catch (error) {
        if (error instanceof StateMissingError) return undefined;
        throw error;
      }
    },
    async save(text, etag) {
      const written = await attempt(`save ${VERSION_BLOB}`, () =>
        writeSmallBlob(client(), Buffer.from(text), { etag, timeoutMs: TIMEOUT_MS }),
      );
      if (written === undefined) throw conflict(VERSION_BLOB);
    },
  };
}

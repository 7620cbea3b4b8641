/** Stores dead letters as blobs of one container. */
import type { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob';
import { blobClientOf } from '../azure/blob-client.ts';
import { adviceOn, storageFailure } from '../azure/failure.ts';
import { blobItemsOf } from '../azure/pages.ts';
import {
  BlobTooLargeError,
  type Deletion,
  deleteSmallBlob,
  ensureContainer,
  readSmallBlob,
  smallBlobMetadata,
} from '../azure/small-blob.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { withDeadline } from '../shared/deadline.ts';
import { translated } from '../shared/translated.ts';
import {
  decodeLetter,
  encodeLetter,
  filterFolder,
  isLetterName,
  letterMetadata,
  letterName,
  MAX_LETTER_BYTES,
  passes,
  summaryFromMetadata,
  summaryOfLetter,
} from './dead-letter-record.ts';
import {
  type DeadLetterArchive,
  DeadLetterError,
  type DeadLetterSummary,
  type Removal,
  UnreadableLetterError,
} from './dead-letters.ts';

const TIMEOUT_MS = 20_000;
/** The time limit of a transfer, enough for a letter of many MiB on a slow connection. Milliseconds. */
const TRANSFER_MS = 120_000;

/** A removal that the SDK repeats, since the first answer was lost, finds the letter gone, too. */
const BECAME: Readonly<Record<Deletion, Removal>> = {
  deleted: 'removed',
  missing: 'gone',
  changed: 'changed',
};

/** Makes an archive that stores each dead letter as a blob of one container. */
export function createAzureDeadLetters(
  service: BlobServiceClient,
  container: string,
  options: { readonly clock?: Clock } = {},
): DeadLetterArchive {
  const { clock = systemClock } = options;

  function clientOf(name: string): BlockBlobClient {
    const client = blobClientOf(service, container, name);
    if (client) return client;
    throw new DeadLetterError('storage_unavailable', `The container ${container} cannot hold ${name}`);
  }

  return {
    async ensure() {
      await attempt(`create the container ${container}`, () =>
        ensureContainer(service, container, TIMEOUT_MS),
      );
    },

    async put(letter) {
      const name = letterName(letter);
      const storedOn = clock.now();
      const content = encodeLetter(letter, storedOn);
      const upload = () =>
        withDeadline(TRANSFER_MS, undefined, (abortSignal) =>
          clientOf(name).uploadData(content, {
            abortSignal,
            maxSingleShotSize: 8 * 1_048_576,
            blockSize: 4 * 1_048_576,
            concurrency: 2,
            blobHTTPHeaders: { blobContentType: 'application/json' },
            metadata: letterMetadata(summaryOfLetter(name, letter, storedOn)),
          }),
        );
      await attempt(`put ${name}`, async () => {
        try {
          await upload();
        } catch (thrown) {
          if (storageFailure(thrown).code !== 'ContainerNotFound') throw thrown;
          // Somebody deleted the container with the dead letters. It is created again, because rows must not wait for an operator.
          await ensureContainer(service, container, TIMEOUT_MS);
          await upload();
        }
      });
    },

    async *list(filter = {}, signal): AsyncGenerator<DeadLetterSummary> {
      const prefix = filterFolder(filter);
      const listing = { prefix, includeMetadata: true };
      try {
        for await (const item of blobItemsOf(service.getContainerClient(container), listing, signal)) {
          const summary = summaryFromMetadata(item.name, item.metadata);
          if (summary && passes(summary, filter)) yield summary;
        }
      } catch (thrown) {
        signal?.throwIfAborted();
        throw failed('list the dead letters', thrown);
      }
    },

    async get(name, signal) {
      if (!isLetterName(name)) return undefined;
      const blob = await attempt(
        `get ${name}`,
        () => readSmallBlob(clientOf(name), MAX_LETTER_BYTES, TRANSFER_MS, signal),
        signal,
      );
      return blob && { ...decodeLetter(blob.content, name, blob.etag), etag: blob.etag };
    },

    async remove(name, etag) {
      if (!isLetterName(name)) return 'gone';
      return await attempt(`remove ${name}`, async () => {
        const client = clientOf(name);
        const became = await deleteSmallBlob(client, etag, TIMEOUT_MS);
        // A blob that is gone does not have the ETag either.
        if (became === 'changed' && !(await smallBlobMetadata(client, TIMEOUT_MS))) return 'gone';
        return BECAME[became];
      });
    },
  };
}

function attempt<T>(what: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return translated(work, (thrown) => failed(what, thrown), signal);
}

function failed(what: string, thrown: unknown): DeadLetterError {
  if (thrown instanceof DeadLetterError) return thrown;
  if (thrown instanceof BlobTooLargeError) {
    return new UnreadableLetterError(`Cannot ${what}: ${thrown.message}`, thrown.etag);
  }
  const failure = storageFailure(thrown);
  const advice = adviceOn(failure, 'Storage Blob Data Contributor');
  return new DeadLetterError(
    'storage_unavailable',
    `Cannot ${what}: ${failure.text}${advice && `.${advice}`}`,
  );
}

/** Turns what the Azure SDK throws for a blob into a BlobError. */
import { adviceOn, storageFailure } from '../azure/failure.ts';
import { BlobError } from './errors.ts';

/** Statuses of temporary failures: 408 and 429 are about this request, not about the blob. */
const PASSING = new Set([408, 429]);

/**
 * As {@link blobError}, for a request about one blob: a 4xx that is not about permissions concerns only that blob, and is not temporary.
 * https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
 */
export function oneBlobError(what: string, thrown: unknown): BlobError {
  const error = blobError(what, thrown);
  const { status, code, text } = storageFailure(thrown);
  if (error.code !== 'storage_unavailable' || status === undefined) return error;
  if (code === 'BlobArchived' || code === 'BlobBeingRehydrated') {
    return new BlobError('blob_archived', `Cannot ${what}: ${text}`);
  }
  const isLasting = status >= 400 && status < 500 && !PASSING.has(status);
  return isLasting ? new BlobError('blob_unreadable', `Cannot ${what}: ${text}`) : error;
}

/** What the SDK throws, as a BlobError. @param what completes the sentence "Cannot ...". */
export function blobError(what: string, thrown: unknown): BlobError {
  if (thrown instanceof BlobError) return thrown;
  const failure = storageFailure(thrown);
  const { status, text } = failure;
  if (status === 404) return new BlobError('blob_gone', `Cannot ${what}: ${text}`);
  if (status === 401 || status === 403) {
    const advice = adviceOn(failure, 'Storage Blob Data Reader');
    return new BlobError('blob_forbidden', `Cannot ${what}: ${text}${advice && `.${advice}`}`);
  }
  return new BlobError('storage_unavailable', `Cannot ${what}: ${text}`);
}

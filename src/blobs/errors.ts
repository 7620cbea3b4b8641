import { RelayError } from '../shared/errors.ts';

/**
 * The source account did not give what was asked.
 *
 * Codes: `blob_gone` (404), `blob_forbidden` (401, 403: the identity lacks Storage Blob Data Reader),
 * `storage_unavailable` (try again later).
 */
export class BlobError extends RelayError {}

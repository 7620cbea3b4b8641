/** The errors of reading the source account. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/**
 * The source account did not give what was asked.
 *
 * Codes: `blob_gone` (404, or a name no blob can have), `blob_forbidden` (401, 403: the identity lacks Storage Blob
 * Data Reader; or another account), `blob_replaced` (another blob has the name now: start again from its beginning),
 * `blob_rewritten` (other content under the same name and creation
 * time: the same), `blob_archived` (409: in the archive tier, or being
 * rehydrated), `blob_unreadable` (another lasting 4xx of this one blob), `storage_unavailable` (try again later).
 */
export class BlobError extends NarrowRelayError<CodeOf<'azure'>> {}

/** The errors of reading the source account. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/** A request to the source account failed. */
export class BlobError extends NarrowRelayError<CodeOf<'azure'>> {}

/** The errors of reading the source account. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/** The source account did not give what was asked. */
export class BlobError extends NarrowRelayError<CodeOf<'azure'>> {}

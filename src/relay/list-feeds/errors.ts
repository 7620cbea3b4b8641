/** Why a feed could not be fetched or used. */
import type { CodeOf } from '../../shared/error-codes.ts';
import { NarrowRelayError } from '../../shared/errors.ts';

/** A feed cannot be fetched or used; the list stays as it is. */
export class FeedError extends NarrowRelayError<CodeOf<'lists'>> {}

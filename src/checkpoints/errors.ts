/** The errors of the state container: checkpoints, claims and documents. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/** A checkpoint, a claim or a document could not be read or written. */
export class CheckpointError extends NarrowRelayError<CodeOf<'state'>> {}

/**
 * The state container does not exist: it was never created, or was deleted. The code is `storage_unavailable`, so that consumers wait:
 * without checkpoints they would send every blob again.
 */
export class StateMissingError extends CheckpointError {}

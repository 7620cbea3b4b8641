/** The errors of the state container: checkpoints, claims and documents. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/** A checkpoint, a claim or a document could not be read or written. */
export class CheckpointError extends NarrowRelayError<CodeOf<'state'>> {}

/**
 * The state container does not exist: never created, or lost. Code `storage_unavailable`: consumers wait, since without its
 * checkpoints every blob would be sent again.
 */
export class StateMissingError extends CheckpointError {}

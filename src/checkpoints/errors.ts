/** The errors of the state container: checkpoints, claims and documents. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/**
 * Codes: `checkpoint_conflict` (somebody else wrote), `checkpoint_unreadable` (not ours, or of a newer version),
 * `claim_lost` (another consumer may work on the blob now), `storage_unavailable` (try again later).
 */
export class CheckpointError extends NarrowRelayError<CodeOf<'state'>> {}

/**
 * The state container does not exist: never created, or lost. Code `storage_unavailable`: consumers wait, since without its
 * checkpoints every blob would be sent again.
 */
export class StateMissingError extends CheckpointError {}

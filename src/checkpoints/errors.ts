import { RelayError } from '../shared/errors.ts';

/**
 * Codes: `checkpoint_conflict` (somebody else wrote), `checkpoint_unreadable` (not ours, or of a newer version),
 * `claim_lost` (another consumer may work on the blob now), `storage_unavailable` (try again later).
 */
export class CheckpointError extends RelayError {}

/** The errors of the task queue. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/**
 * The queue did not do what was asked.
 *
 * Codes: `queue_unavailable` (try again later), `queue_message_lost` (another consumer has the message now),
 * `queue_message_too_large` (over the service's bound, it will never be taken).
 */
export class QueueError extends NarrowRelayError<CodeOf<'queue'>> {}

/** The errors of the task queue. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/** An operation on the queue failed. */
export class QueueError extends NarrowRelayError<CodeOf<'queue'>> {}

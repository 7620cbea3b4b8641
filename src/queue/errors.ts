/** The errors of the task queue. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/** The queue did not do what was asked. */
export class QueueError extends NarrowRelayError<CodeOf<'queue'>> {}

/** The errors of reading notifications and queue messages. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/** A request does not contain notifications. */
export class NotificationError extends NarrowRelayError<CodeOf<'events'>> {}

/**
 * A queue message contains nothing that the relay can process. It goes to the poison queue, except with `message_newer`: such a
 * message is released for a newer consumer.
 */
export class MessageError extends NarrowRelayError<CodeOf<'queue'>> {}

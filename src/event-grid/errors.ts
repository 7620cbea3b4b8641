/** The errors of reading notifications and queue messages. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/** What arrived is not a notification. */
export class NotificationError extends NarrowRelayError<CodeOf<'events'>> {}

/**
 * A queue message holds nothing the relay can work on. It is poison, but for `message_newer`: that one is released, and a newer
 * consumer takes it.
 */
export class MessageError extends NarrowRelayError<CodeOf<'queue'>> {}

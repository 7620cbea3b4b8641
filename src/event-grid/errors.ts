/** The errors of reading notifications and queue messages. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

/**
 * What arrived is not a notification.
 *
 * Codes: `notification_not_json`, `notification_malformed` (JSON of another shape), `too_many_events`.
 */
export class NotificationError extends NarrowRelayError<CodeOf<'events'>> {}

/**
 * A queue message holds nothing the relay can work on.
 *
 * Codes: `message_not_json`, `message_malformed` (neither a task nor an Event Grid event: poison it),
 * `message_newer` (a task of a later version: release it, a newer consumer will take it).
 */
export class MessageError extends NarrowRelayError<CodeOf<'queue'>> {}

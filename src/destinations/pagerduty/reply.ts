/**
 * What a reply of PagerDuty's Events API v2 means (PagerDuty, "Events API v2 overview", response codes). The API is asynchronous: 202
 * says that PagerDuty has the event.
 */
import { z } from 'zod';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, parsedJson, type ReplyContext, retryable, troubleIn } from '../reply.ts';

/** The documentation asks for "a back-off of a few minutes" after a 429; most limits are counted by the minute. */
const DEFAULT_WAIT_MS = 60_000;

const accepted = z.object({ status: z.literal('success') });
const refused = z.lazy(() =>
  z.object({
    status: z.string(),
    message: z.string(),
    errors: z.array(z.string()).max(100).optional().catch(undefined),
  }),
);
/** The key is at fault, and every other event would be refused with it: "Length of 'routing_key' is incorrect", "Invalid routing key". */
const ABOUT_KEY = /\b(?:routing|service|integration)[ _]?key\b/i;

/**
 * Undefined is acceptance, which only 202 with `"status":"success"` is. Only a 400 in PagerDuty's JSON that does not speak of the routing
 * key, or 413, refuses the event; a proxy's 400 refuses nothing.
 *
 * @param row index of the event's row in its batch; undefined where it stands for no single one.
 */
export function pagerdutyTrouble(
  reply: HttpReply,
  row: number | undefined,
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  const { status, body } = reply;
  const json = parsedJson(body);
  if (status === 202 && accepted.safeParse(json).success) return undefined;
  const said = describe(reply, context);
  if (status >= 200 && status < 300) {
    return new RetryableError('bad_reply', `${said} (not PagerDuty's acceptance)`);
  }
  const rows = row === undefined ? {} : { rows: [row] };
  if (status === 400 || status === 422) {
    const words = refused.safeParse(json).data;
    if (words === undefined) return new DestinationRefusedError('refused', `${said} (not PagerDuty)`);
    const text = [words.status, words.message, ...(words.errors ?? [])].join(' ');
    return ABOUT_KEY.test(text)
      ? new DestinationRefusedError('not_authorized', said)
      : new RowsRefusedError('rows_refused', said, rows);
  }
  if (status === 429) return throttled(reply, context);
  const trouble = troubleIn(reply, context);
  return trouble instanceof RowsRefusedError
    ? new RowsRefusedError(trouble.code, trouble.message, rows)
    : trouble;
}

function throttled(reply: HttpReply, context: ReplyContext): RetryableError {
  const error = retryable('throttled', reply, context);
  if (error.retryAfterMs !== undefined) return error;
  const retryAfterMs = Math.min(DEFAULT_WAIT_MS, context.retryAfterMaxMs);
  return new RetryableError(error.code, error.message, { retryAfterMs });
}

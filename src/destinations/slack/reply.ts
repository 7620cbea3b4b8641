/** What Slack's replies mean. */
import { z } from 'zod';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, parsedJson, type ReplyContext, retryable, troubleIn } from '../reply.ts';

/** What Slack asks for with a 429 that names no wait. */
const DEFAULT_WAIT_MS = 30_000;

const apiReply = z.object({ ok: z.literal(false), error: z.string() });
/** Slack answers in one word, sometimes with a detail behind it. Other words have an underscore, unlike a proxy's prose. */
const WORD = /^(?:ratelimited|[a-z]+(?:_[a-z]+)+)(?=$|:)/;

/** About the webhook and not the message (Slack, "Sending messages using incoming webhooks", errors; chat.postMessage, errors). */
const ABOUT_US: ReadonlySet<string> = new Set([
  'no_service',
  'no_service_id',
  'no_team',
  'no_active_hooks',
  'team_disabled',
  'invalid_token',
  'user_not_found',
  'channel_not_found',
  'channel_is_archived',
  'action_prohibited',
  'posting_to_general_channel_denied',
  'is_archived',
  'not_in_channel',
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_expired',
  'token_revoked',
  'no_permission',
  'missing_scope',
  'org_login_required',
  'restricted_action',
  'team_access_not_granted',
]);
/** About the message. */
const ABOUT_MESSAGE: ReadonlySet<string> = new Set([
  'invalid_payload',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_attachments',
  'no_text',
  'msg_too_long',
  'msg_blocks_too_long',
  'too_many_attachments',
]);
const TOO_FAST: ReadonlySet<string> = new Set(['rate_limited', 'ratelimited']);

/**
 * What a reply to a message means; undefined is acceptance, which an incoming webhook says with 2xx and the body `ok` and in
 * no other way. A 2xx that says something else is taken for the error that its word names, or for a passing trouble: whether
 * somebody saw the alert is not known. Only a reply in Slack's words refuses the message; a proxy's HTML 400 does not.
 *
 * @param row index of the message's row in its batch; undefined for a digest.
 */
export function slackTrouble(
  reply: HttpReply,
  row: number | undefined,
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  const isSuccess = reply.status >= 200 && reply.status < 300;
  const word = wordIn(reply.body);
  if (isSuccess && reply.body.trim() === 'ok') return undefined;
  if (isSuccess || reply.status === 400 || reply.status === 422) {
    const said = describe(reply, context);
    if (word !== undefined && ABOUT_US.has(word)) return new DestinationRefusedError('not_found', said);
    if (word !== undefined && TOO_FAST.has(word)) return throttled(reply, context);
    if (word !== undefined && (ABOUT_MESSAGE.has(word) || !isSuccess)) {
      return new RowsRefusedError('rows_refused', said, row === undefined ? {} : { rows: [row] });
    }
    return isSuccess
      ? new RetryableError('bad_reply', `${said} (not ok)`)
      : new DestinationRefusedError('refused', `${said} (not Slack)`);
  }
  if (reply.status === 429) return throttled(reply, context);
  const trouble = troubleIn(reply, context);
  return trouble instanceof RowsRefusedError && row !== undefined
    ? new RowsRefusedError(trouble.code, trouble.message, { rows: [row] })
    : trouble;
}

function throttled(reply: HttpReply, context: ReplyContext): RetryableError {
  const error = retryable('throttled', reply, context);
  if (error.retryAfterMs !== undefined) return error;
  const retryAfterMs = Math.min(DEFAULT_WAIT_MS, context.retryAfterMaxMs);
  return new RetryableError(error.code, error.message, { retryAfterMs });
}

/** The word that Slack answers with: the body's beginning, or `error` where the body is the Web API's JSON. */
function wordIn(body: string): string | undefined {
  return WORD.exec(apiReply.safeParse(parsedJson(body)).data?.error ?? body.trim())?.[0];
}

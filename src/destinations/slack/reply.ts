/** What Slack's replies mean: those of an incoming webhook, and those of the Web API. */
import { z } from 'zod';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, parsedJson, type ReplyContext, retryable, troubleIn } from '../reply.ts';
import { meaningOf, wordIn } from './words.ts';

/** What Slack asks for with a 429 that names no wait. */
const DEFAULT_WAIT_MS = 30_000;

/** How Slack says that it took a message: a webhook with the text `ok`, the Web API in JSON. */
export type Acceptance = 'text' | 'json';

const refused = z.object({ ok: z.literal(false), error: z.string() });
const accepted = z.object({ ok: z.literal(true) });
const placed = z.object({
  channel: z.string().regex(/^[A-Z0-9]{1,40}$/),
  ts: z.string().regex(/^\d{1,12}\.\d{1,9}$/),
});

/** The message that was to be changed or answered is gone, or is closed to it: a new one can be posted. */
export class EarlierMessageError extends RowsRefusedError {}

/** A channel that an earlier message was posted to takes nothing now. */
export class ChannelRefusedError extends DestinationRefusedError {}

/** Where a message is: its channel's id and its time stamp, which together name it. */
export interface Place {
  readonly channel: string;
  readonly ts: string;
}

/** Where the Web API has put a message; undefined where its reply does not say. */
export function placeIn(reply: HttpReply): Place | undefined {
  return placed.safeParse(parsedJson(reply.body)).data;
}

/**
 * What a reply to a message means; undefined is acceptance. An incoming webhook accepts with 2xx and the body `ok`, the Web API with 2xx and JSON
 * that has `ok: true`, and neither in any other way. A 2xx that says something else is taken for the error that its word names, or for a passing
 * trouble: whether somebody saw the alert is not known. Only a reply in Slack's words refuses the message; a proxy's HTML 400 does not.
 *
 * @param row index of the message's row in its batch; undefined where it stands for no single row.
 */
export function slackTrouble(
  reply: HttpReply,
  row: number | undefined,
  context: ReplyContext,
  acceptance: Acceptance = 'text',
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  const isSuccess = reply.status >= 200 && reply.status < 300;
  if (isSuccess && isAccepted(reply, acceptance)) return undefined;
  const rows = row === undefined ? {} : { rows: [row] };
  if (isSuccess || IN_WORDS.has(reply.status)) {
    const word = wordIn(refused.safeParse(parsedJson(reply.body)).data?.error ?? reply.body);
    const known = word === undefined ? undefined : meant(word, reply, rows, context);
    if (known) return known;
    const said = describe(reply, context);
    if (isSuccess) return new RetryableError('bad_reply', `${said} (not ok)`);
    if (reply.status === 400 || reply.status === 422) {
      return word === undefined
        ? new DestinationRefusedError('refused', `${said} (not Slack)`)
        : new RowsRefusedError('rows_refused', said, rows);
    }
  }
  if (reply.status === 429) return throttled(reply, context);
  const trouble = troubleIn(reply, context);
  return trouble instanceof RowsRefusedError && row !== undefined
    ? new RowsRefusedError(trouble.code, trouble.message, rows)
    : trouble;
}

/** Statuses with which webhooks refuse in words. */
const IN_WORDS: ReadonlySet<number> = new Set([400, 403, 404, 410, 422]);

function meant(
  word: string,
  reply: HttpReply,
  rows: { readonly rows?: readonly number[] },
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  const said = describe(reply, context);
  switch (meaningOf(word)) {
    case 'channel':
      return new ChannelRefusedError('not_found', said);
    case 'access':
      return new DestinationRefusedError('not_authorized', said);
    case 'message':
      return new RowsRefusedError('rows_refused', said, rows);
    case 'earlier_message':
      return new EarlierMessageError('rows_refused', said, rows);
    case 'pace':
      return throttled(reply, context);
    case 'passing':
      return retryable('server_error', reply, context);
    case undefined:
      return undefined;
  }
}

function isAccepted(reply: HttpReply, acceptance: Acceptance): boolean {
  if (acceptance === 'text') return reply.body.trim() === 'ok';
  return accepted.safeParse(parsedJson(reply.body)).success;
}

function throttled(reply: HttpReply, context: ReplyContext): RetryableError {
  const error = retryable('throttled', reply, context);
  if (error.retryAfterMs !== undefined) return error;
  const retryAfterMs = Math.min(DEFAULT_WAIT_MS, context.retryAfterMaxMs);
  return new RetryableError(error.code, error.message, { retryAfterMs });
}

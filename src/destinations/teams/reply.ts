/**
 * What a reply of a Workflows webhook means. The webhook is the trigger of a flow: 200 or 202 says that the flow has the message
 * and not that the card was posted, which nothing tells.
 */
import { z } from 'zod';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, parsedJson, type ReplyContext, troubleIn } from '../reply.ts';

const errorReply = z.object({ error: z.object({ code: z.string() }) });

/**
 * About the message and not the flow: its JSON was not read. All messages have one form, so `TriggerInputSchemaMismatch` is about
 * a flow that expects another, and every other code about the flow or its address.
 */
const ABOUT_MESSAGE: ReadonlySet<string> = new Set(['InvalidRequestContent']);

/**
 * Undefined is acceptance. A page in HTML is a proxy's, whatever its status. Only a reply in the words of Workflows, or 413,
 * refuses the message.
 *
 * @param row index of the message's row in its batch; undefined for a digest.
 */
export function teamsTrouble(
  reply: HttpReply,
  row: number | undefined,
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  const { status, body } = reply;
  const isPage = /^\s*</.test(body) || /\bhtml\b/i.test(reply.header('content-type') ?? '');
  if ((status === 200 || status === 202) && !isPage) return undefined;
  if (status >= 200 && status < 300) {
    return new RetryableError('bad_reply', `${describe(reply, context)} (not Workflows)`);
  }
  const rows = row === undefined ? {} : { rows: [row] };
  if (status === 400 || status === 422) {
    const code = errorReply.safeParse(parsedJson(body)).data?.error.code;
    const said = describe(reply, context);
    if (code !== undefined && ABOUT_MESSAGE.has(code))
      return new RowsRefusedError('rows_refused', said, rows);
    return new DestinationRefusedError('refused', code === undefined ? `${said} (not Workflows)` : said);
  }
  const trouble = troubleIn(reply, context);
  return trouble instanceof RowsRefusedError
    ? new RowsRefusedError(trouble.code, trouble.message, rows)
    : trouble;
}

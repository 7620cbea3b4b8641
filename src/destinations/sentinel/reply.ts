/** What the replies of the Logs Ingestion API mean (Microsoft Learn, "Logs Ingestion API in Azure Monitor"). */
import { z } from 'zod';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, parsedJson, type ReplyContext, troubleIn } from '../reply.ts';

/** How Azure's services say what is wrong (Microsoft REST API Guidelines, "ErrorResponse"). */
const errorReply = z.object({ error: z.object({ code: z.string().min(1) }) });
const ACCEPTED = 204;
/** Codes of a 400 that are about the rule and its streams, whatever the rows. */
const ABOUT_RULE = /^Invalid(?:Stream|Dcr|DataCollectionRule|ApiVersion)/;

const ADVICE: Readonly<Record<number, string>> = {
  401: 'the token was not taken; the identity has to be of the tenant and the cloud of the workspace',
  403: 'the identity needs the role Monitoring Metrics Publisher on the data collection rule, which takes up to half an hour to become effective',
  404: 'look at the endpoint, and at the immutable id and the streams of the data collection rule',
};

/**
 * Undefined is acceptance: 204, and nothing else. A 400 blames rows only in Azure's own words, since a proxy's says nothing about them; 413
 * in any.
 */
export function sentinelTrouble(
  reply: HttpReply,
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  if (reply.status === ACCEPTED) return undefined;
  const trouble = troubleIn(reply, context);
  if (trouble === undefined) {
    return new RetryableError('bad_reply', `${describe(reply, context)} (not the Logs Ingestion API)`);
  }
  if (trouble instanceof RowsRefusedError && reply.status !== 413) {
    const code = errorReply.safeParse(parsedJson(reply.body)).data?.error.code;
    if (code === undefined) {
      return new DestinationRefusedError('refused', `${trouble.message} (not the Logs Ingestion API)`);
    }
    if (!ABOUT_RULE.test(code)) return trouble;
    return new DestinationRefusedError('not_found', `${trouble.message}: ${ADVICE[404]}`);
  }
  const advice = ADVICE[reply.status];
  if (advice === undefined || !(trouble instanceof DestinationRefusedError)) return trouble;
  return new DestinationRefusedError(trouble.code, `${trouble.message}: ${advice}`);
}

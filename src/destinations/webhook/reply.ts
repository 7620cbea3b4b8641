/** What a webhook's reply means: it speaks in statuses alone, so any 2xx accepts and any 400, 413 or 422 refuses rows. */
import { authorizationSecrets } from '../authorization.ts';
import type { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { type ReplyContext, secretsInUrl, troubleIn } from '../reply.ts';
import type { WebhookConfig } from './config.ts';

/** Undefined is acceptance. */
export function webhookTrouble(
  reply: HttpReply,
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  return troubleIn(reply, context);
}

/** What a reply may repeat of the request's secrets. */
export function webhookSecrets(config: WebhookConfig): readonly string[] {
  const values = Object.values(config.headers).filter((value) => typeof value === 'string');
  // `Bearer abc`: a reply may repeat the second word alone.
  const words = values.flatMap((value) => value.split(' ')).filter((word) => word.length >= 8);
  return [
    ...config.secrets,
    ...authorizationSecrets(config.auth),
    ...values,
    ...words,
    ...secretsInUrl(config.url),
  ];
}

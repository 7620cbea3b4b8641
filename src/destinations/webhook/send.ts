/** Sends batches to a webhook by Standard Webhooks 1.0, with its own body or as CloudEvents. */
import { randomUUID } from 'node:crypto';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import type { HttpReply } from '../http.ts';
import type { WebhookConfig } from './config.ts';
import { type WebhookBody, webhookBody } from './encode.ts';
import { webhookTrouble } from './reply.ts';
import { secretKey, signature } from './signature.ts';

/**
 * 409: the receiver has this `webhook-id` already, since an earlier reply was lost, perhaps another process's before a crash.
 * Or a filter in front answers 409 to what stands in some row; and a filter that resets the first connection looks just like a
 * lost reply, so that no memory of what was sent tells the two apart. Believing a filter loses rows that an attacker chose;
 * not believing a receiver sends them for ever. So the batch is posted once more under another id, and only 2xx is
 * acceptance: a receiver takes it, at worst twice, and a filter answers 409 again, which is a refusal like any other 4xx.
 */
const CONFLICT = 409;

export function webhookSender(config: WebhookConfig, { http, clock, context }: HttpSenderDeps): Sender {
  const keys = config.secrets.map(secretKey).filter((key) => key !== undefined);
  const own = Object.fromEntries(
    Object.entries(config.headers).map(([key, value]) => [key.toLowerCase(), value]),
  );
  return {
    async send(batch, signal) {
      const body = webhookBody(config, batch);
      let reply = await post(batch.id, body, signal);
      if (reply.status === CONFLICT)
        reply = await post(`${batch.id}_${randomUUID().slice(0, 8)}`, body, signal);
      const trouble = webhookTrouble(reply, context());
      if (trouble) throw trouble;
    },
  };

  function post(id: string, body: WebhookBody, signal: AbortSignal): Promise<HttpReply> {
    const timestamp = Math.floor(clock.now() / 1000);
    const headers = {
      ...own,
      'content-type': body.contentType,
      'xdr-relay-kind': body.kind,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...(keys.length === 0 ? {} : { 'webhook-signature': signature(id, timestamp, body.bytes, keys) }),
    };
    return http.send({ method: 'POST', url: config.url, headers, body: body.bytes }, signal);
  }
}

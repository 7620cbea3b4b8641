/** Sends batches to a webhook by Standard Webhooks 1.0, with its own body or as CloudEvents. */
import { randomUUID } from 'node:crypto';
import { isTemplated, type Metadata } from '../../shared/metadata-template.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import type { HttpReply } from '../http.ts';
import type { Batch } from '../port.ts';
import { byHeaders } from './by-headers.ts';
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
  const own = lowerCased(config.headers);
  return {
    async send(batch, signal) {
      // Rows with other headers go in requests of their own, each with an id that stays the same over retries.
      const parts = byHeaders(batch);
      for (const [n, part] of parts.entries()) {
        await sendPart(
          parts.length === 1 ? part.batch : { ...part.batch, id: `${batch.id}_h${n}` },
          part.headers,
          signal,
        );
      }
    },
  };

  async function sendPart(batch: Batch, headers: Metadata['headers'], signal: AbortSignal): Promise<void> {
    const body = webhookBody(config, batch);
    const further = headers ? lowerCased(headers) : {};
    let reply = await post(batch.id, body, further, signal);
    if (reply.status === CONFLICT)
      reply = await post(`${batch.id}_${randomUUID().slice(0, 8)}`, body, further, signal);
    const trouble = webhookTrouble(reply, context());
    if (trouble) throw trouble;
  }

  function post(
    id: string,
    body: WebhookBody,
    further: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const timestamp = Math.floor(clock.now() / 1000);
    const headers = {
      ...own,
      ...further,
      'content-type': body.contentType,
      'xdr-relay-kind': body.kind,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...(keys.length === 0 ? {} : { 'webhook-signature': signature(id, timestamp, body.bytes, keys) }),
    };
    return http.send({ method: 'POST', url: config.url, headers, body: body.bytes }, signal);
  }
}

function lowerCased(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([key, value]) =>
      typeof value === 'string'
        ? [[key.toLowerCase(), value]]
        : isTemplated(value)
          ? [[key.toLowerCase(), value.default]]
          : [],
    ),
  );
}

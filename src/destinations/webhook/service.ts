import { randomUUID } from 'node:crypto';
import { batchLimits } from '../common.ts';
import type { DestinationDeps } from '../deps.ts';
import { encoded } from '../encoded.ts';
import type { HttpReply } from '../http.ts';
import type { Destination } from '../port.ts';
import { secretsInUrl, troubleIn } from '../reply.ts';
import type { WebhookConfig } from './config.ts';
import { type WebhookBody, webhookBody, webhookEvent } from './event.ts';
import { secretKey, signature } from './signature.ts';

const LIMITS = { items: 500, bytes: 1_048_576, ageMs: 1_000 };
const CONCURRENCY = 4;
const TIMEOUT_MS = 30_000;
/**
 * 409: the receiver has this `webhook-id` already, since an earlier reply was lost, perhaps another process's before a crash.
 * Or a filter in front answers 409 to what stands in some row; and a filter that resets the first connection looks just like a
 * lost reply, so that no memory of what was sent tells the two apart. Believing a filter loses rows that an attacker chose;
 * not believing a receiver sends them for ever. So the batch is posted once more under another id, and only 2xx is
 * acceptance: a receiver takes it, at worst twice, and a filter answers 409 again, which is a refusal like any other 4xx.
 */
const CONFLICT = 409;

/** A webhook by Standard Webhooks 1.0, with its own body or as CloudEvents. */
export function createWebhook(name: string, config: WebhookConfig, deps: DestinationDeps): Destination {
  const concurrency = config.concurrency ?? CONCURRENCY;
  const http = deps.http({
    allowNetworks: config.allow_networks ?? [],
    connections: concurrency,
    timeoutMs: config.timeout ?? TIMEOUT_MS,
  });
  const textOf = webhookEvent(config);
  const keys = config.secrets.map(secretKey).filter((key) => key !== undefined);
  const own = Object.fromEntries(
    Object.entries(config.headers).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const values = Object.values(config.headers);
  // `Bearer abc`: a reply may repeat the second word alone.
  const words = values.flatMap((value) => value.split(' ')).filter((word) => word.length >= 8);
  const secrets = [...config.secrets, ...values, ...words, ...secretsInUrl(config.url)];
  const limits = batchLimits(config, LIMITS);
  return {
    name,
    type: 'webhook',
    batch: config.mode === 'single' ? { ...limits, items: 1 } : limits,
    concurrency,
    encode: (delivery) => encoded(delivery, textOf(delivery)),
    async send(batch, signal) {
      const body = webhookBody(config, batch);
      let reply = await post(batch.id, body, signal);
      if (reply.status === CONFLICT)
        reply = await post(`${batch.id}_${randomUUID().slice(0, 8)}`, body, signal);
      const now = deps.clock.now();
      const trouble = troubleIn(reply, {
        who: 'The webhook',
        secrets,
        now,
        retryAfterMaxMs: deps.retryAfterMaxMs,
      });
      if (trouble) throw trouble;
    },
    close: () => http.close(),
  };

  function post(id: string, body: WebhookBody, signal: AbortSignal): Promise<HttpReply> {
    const timestamp = Math.floor(deps.clock.now() / 1000);
    const headers = {
      ...own,
      'content-type': body.contentType,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...(keys.length === 0 ? {} : { 'webhook-signature': signature(id, timestamp, body.text, keys) }),
    };
    return http.send({ method: 'POST', url: config.url, headers, body: body.text }, signal);
  }
}

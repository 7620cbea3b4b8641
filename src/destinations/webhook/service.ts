import type { Clock } from '../../shared/clock.ts';
import { batchLimits } from '../common.ts';
import { encoded } from '../encoded.ts';
import type { HttpClientFactory } from '../http.ts';
import type { Destination } from '../port.ts';
import { secretsInUrl, troubleIn } from '../reply.ts';
import type { WebhookConfig } from './config.ts';
import { webhookBody, webhookEvent } from './event.ts';
import { secretKey, signature } from './signature.ts';

const LIMITS = { items: 500, bytes: 1_048_576, ageMs: 1_000 };
const CONCURRENCY = 4;
const TIMEOUT_MS = 30_000;

/** A webhook by Standard Webhooks 1.0, with its own body or as CloudEvents. */
export function createWebhook(
  name: string,
  config: WebhookConfig,
  deps: { readonly http: HttpClientFactory; readonly clock: Clock },
): Destination {
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
      const now = deps.clock.now();
      const timestamp = Math.floor(now / 1000);
      const reply = await http.send(
        {
          method: 'POST',
          url: config.url,
          headers: {
            ...own,
            'content-type': body.contentType,
            'webhook-id': batch.id,
            'webhook-timestamp': String(timestamp),
            ...(keys.length === 0
              ? {}
              : { 'webhook-signature': signature(batch.id, timestamp, body.text, keys) }),
          },
          body: body.text,
        },
        signal,
      );
      const trouble = troubleIn(reply, { who: 'The webhook', secrets, now });
      if (trouble) throw trouble;
    },
    close: () => http.close(),
  };
}

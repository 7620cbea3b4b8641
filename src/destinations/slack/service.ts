import type { Clock } from '../../shared/clock.ts';
import { batchLimits } from '../common.ts';
import { encoded } from '../encoded.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpClientFactory, HttpReply } from '../http.ts';
import type { Destination, EncodedDelivery } from '../port.ts';
import { describe, type ReplyContext, secretsInUrl, troubleIn } from '../reply.ts';
import { alertMessage } from './alert.ts';
import type { SlackConfig } from './config.ts';
import { digestMessage } from './digest.ts';
import { createPace } from './pace.ts';

const LIMITS = { items: 20, bytes: 1_048_576, ageMs: 2_000 };
const TIMEOUT_MS = 15_000;
/** Slack takes one message a second per webhook (Slack, "Rate limits", incoming webhooks). */
const INTERVAL_MS = 1_000;
/** What Slack asks for with a 429 that has no `Retry-After`. */
const DEFAULT_WAIT_MS = 30_000;

/** Replies with status 400 that are about the webhook and not the message (Slack, "Sending messages using incoming webhooks", errors). */
const ABOUT_US =
  /^(?:no_service|no_service_id|no_team|no_active_hooks|team_disabled|invalid_token|user_not_found|channel_not_found|channel_is_archived|action_prohibited|posting_to_general_channel_denied)\b/;

/**
 * A Slack incoming webhook. Up to `digest_over` items of a batch are posted as a message each, which people can discuss
 * and tick off one by one; more become one digest.
 *
 * Messages that Slack has taken are remembered with their item: when the batch is sent again only the rest is posted.
 * After a crash at most `digest_over` messages are repeated.
 */
export function createSlack(
  name: string,
  config: SlackConfig,
  deps: { readonly http: HttpClientFactory; readonly clock: Clock },
): Destination {
  const concurrency = config.concurrency ?? 1;
  const http = deps.http({
    allowNetworks: config.allow_networks ?? [],
    connections: concurrency,
    timeoutMs: config.timeout ?? TIMEOUT_MS,
  });
  const pace = createPace(INTERVAL_MS, deps.clock);
  const posted = new WeakSet<EncodedDelivery>();
  const secrets = secretsInUrl(config.webhook_url);

  async function post(body: string, row: number | undefined, signal: AbortSignal): Promise<void> {
    await pace.turn(signal);
    const reply = await http.send(
      {
        method: 'POST',
        url: config.webhook_url,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body,
      },
      signal,
    );
    const trouble = slackTrouble(reply, row, { who: 'Slack', secrets, now: deps.clock.now() });
    if (trouble instanceof RetryableError && trouble.retryAfterMs !== undefined) {
      pace.holdOff(trouble.retryAfterMs);
    }
    if (trouble) throw trouble;
  }

  return {
    name,
    type: 'slack',
    batch: batchLimits(config, LIMITS),
    concurrency,
    encode: (delivery) => encoded(delivery, JSON.stringify(alertMessage(delivery.envelope))),
    async send(batch, signal) {
      if (batch.items.length > config.digest_over) {
        const rest = batch.items.filter((item) => !posted.has(item));
        if (rest.length === 0) return;
        const digest = digestMessage(rest.map((item) => item.delivery.envelope));
        await post(JSON.stringify(digest), undefined, signal);
        for (const item of rest) posted.add(item);
        return;
      }
      for (const [row, item] of batch.items.entries()) {
        if (posted.has(item)) continue;
        await post(item.payload, row, signal);
        posted.add(item);
      }
    },
    close: () => http.close(),
  };
}

function slackTrouble(
  reply: HttpReply,
  row: number | undefined,
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  if (reply.status === 400 && ABOUT_US.test(reply.body)) {
    return new DestinationRefusedError('not_found', describe(reply, context));
  }
  const trouble = troubleIn(reply, context);
  if (trouble instanceof RowsRefusedError && row !== undefined) {
    return new RowsRefusedError(trouble.code, trouble.message, { rows: [row] });
  }
  if (reply.status === 429 && trouble instanceof RetryableError && trouble.retryAfterMs === undefined) {
    return new RetryableError(trouble.code, trouble.message, { retryAfterMs: DEFAULT_WAIT_MS });
  }
  return trouble;
}

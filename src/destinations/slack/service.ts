import { sourcePath } from '../../shared/event.ts';
import { batchLimits } from '../common.ts';
import type { DestinationDeps } from '../deps.ts';
import { encoded } from '../encoded.ts';
import { RetryableError } from '../errors.ts';
import { createPace } from '../pace.ts';
import type { Destination, EncodedDelivery } from '../port.ts';
import { secretsInUrl } from '../reply.ts';
import { alertMessage } from './alert.ts';
import type { SlackConfig } from './config.ts';
import { digestMessage } from './digest.ts';
import { slackTrouble } from './reply.ts';

const LIMITS = { items: 20, bytes: 1_048_576, ageMs: 2_000 };
const TIMEOUT_MS = 15_000;
/** Slack takes one message a second per webhook (Slack, "Rate limits", incoming webhooks). */
const INTERVAL_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const MOST_REMEMBERED = 1_000;

/**
 * A Slack incoming webhook. Up to `digest_over` items of a batch are posted as a message each, which people can discuss
 * and tick off one by one; more become one digest.
 *
 * What Slack has taken of a batch that then failed is remembered: when its rows come again only the rest is posted.
 * After a crash at most `digest_over` messages are repeated.
 */
export function createSlack(name: string, config: SlackConfig, deps: DestinationDeps): Destination {
  const concurrency = config.concurrency ?? 1;
  const http = deps.http({
    allowNetworks: config.allow_networks ?? [],
    connections: concurrency,
    timeoutMs: config.timeout ?? TIMEOUT_MS,
  });
  const pace = createPace(INTERVAL_MS, deps.clock);
  const posted = new Set<string>();
  const secrets = secretsInUrl(config.webhook_url);

  async function post(body: string, row: number | undefined, signal: AbortSignal): Promise<void> {
    const wait = pace.wait();
    if (wait > LONGEST_WAIT_MS) {
      // Waiting is delivery's: it may leave the rows in their blob meanwhile.
      throw new RetryableError('throttled', `Slack asked for a pause of ${wait} ms`, { retryAfterMs: wait });
    }
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
    const { clock, retryAfterMaxMs } = deps;
    const trouble = slackTrouble(reply, row, { who: 'Slack', secrets, now: clock.now(), retryAfterMaxMs });
    if (trouble instanceof RetryableError && trouble.retryAfterMs !== undefined) {
      pace.holdOff(trouble.retryAfterMs);
    }
    if (trouble) throw trouble;
  }

  function remember(key: string): void {
    posted.add(key);
    const [oldest] = posted;
    if (posted.size > MOST_REMEMBERED && oldest !== undefined) posted.delete(oldest);
  }

  return {
    name,
    type: 'slack',
    batch: batchLimits(config, LIMITS),
    concurrency,
    encode: (delivery) => encoded(delivery, JSON.stringify(alertMessage(delivery.envelope))),
    async send(batch, signal) {
      const keys = batch.items.map(keyOf);
      const rest = batch.items
        .map((item, row) => ({ item, row }))
        .filter(({ row }) => !posted.has(keys[row] ?? ''));
      if (rest.length > config.digest_over) {
        const digest = digestMessage(rest.map(({ item }) => item.delivery.envelope));
        await post(JSON.stringify(digest), undefined, signal);
      } else {
        for (const { item, row } of rest) {
          await post(item.payload, row, signal);
          remember(keys[row] ?? '');
        }
      }
      // The whole batch is out: a replay of the same rows is meant, and is posted again.
      for (const key of keys) posted.delete(key);
    },
    close: () => http.close(),
  };
}

/** The same for the same alert whenever its row is read. */
function keyOf(item: EncodedDelivery): string {
  const { id, source, rule } = item.delivery.envelope;
  return `${id} ${sourcePath(source)} ${source.offset} ${rule?.id ?? rule?.title ?? ''}`;
}

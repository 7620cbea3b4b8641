/** Posts to a Slack incoming webhook. */
import { sourcePath } from '../../shared/event.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { RetryableError } from '../errors.ts';
import { createPace } from '../pace.ts';
import type { EncodedDelivery } from '../port.ts';
import type { SlackConfig } from './config.ts';
import { digestMessage } from './digest.ts';
import { slackTrouble } from './reply.ts';

/** Slack takes one message a second per webhook (Slack, "Rate limits", incoming webhooks). */
const INTERVAL_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const MOST_REMEMBERED = 1_000;

/**
 * Up to `digest_over` items of a batch are posted as a message each, which people can discuss and tick off one by one; more
 * become one digest.
 *
 * What Slack has taken of a batch that then failed is remembered: when its rows come again only the rest is posted.
 * After a crash at most `digest_over` messages are repeated.
 */
export function slackSender(config: SlackConfig, { http, clock, context }: HttpSenderDeps): Sender {
  const pace = createPace(INTERVAL_MS, clock);
  const posted = new Set<string>();

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
    const trouble = slackTrouble(reply, row, context());
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
  };
}

/** The same for the same alert whenever its row is read. */
function keyOf(item: EncodedDelivery): string {
  const { id, source, rule } = item.delivery.envelope;
  return `${id} ${sourcePath(source)} ${source.offset} ${rule?.id ?? rule?.title ?? ''}`;
}

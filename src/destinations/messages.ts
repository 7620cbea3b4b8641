/** Posts messages for people: at the product's pace, a digest where there are many, and none twice because another failed. */
import { type Envelope, sourcePath } from '../shared/event.ts';
import type { HttpSenderDeps, Sender } from './descriptor.ts';
import { RetryableError } from './errors.ts';
import type { HttpReply } from './http.ts';
import { createPace } from './pace.ts';
import type { EncodedDelivery } from './port.ts';
import { postJson } from './post-json.ts';
import type { ReplyContext } from './reply.ts';

const utf8 = new TextDecoder();
const LONGEST_WAIT_MS = 30_000;
const MOST_REMEMBERED = 1_000;

export interface MessageOptions {
  /** Where each message is posted to, as JSON. */
  readonly url: string;
  /** Besides the type of the content. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds between two messages, as the product allows. */
  readonly intervalMs: number;
  /** More deliveries than this in one batch become one digest. */
  readonly digestOver: number;
  readonly digest: (envelopes: readonly Envelope[]) => string;
  /** Completes a message just before it is posted, with what must not be stored in it. */
  readonly finish?: (message: string) => string;
  /**
   * What a reply says is wrong; undefined where the message was taken.
   * @param row index of the message's row in its batch; undefined for a digest.
   */
  readonly trouble: (reply: HttpReply, row: number | undefined, context: ReplyContext) => Error | undefined;
}

/**
 * Up to `digestOver` items of a batch are posted as a message each, which people can discuss and tick off one by one; more
 * become one digest.
 *
 * What the product has taken of a batch that then failed is remembered: when its rows come again only the rest is posted.
 * After a crash at most `digestOver` messages are repeated.
 */
export function messageSender(options: MessageOptions, deps: HttpSenderDeps): Sender {
  const { clock, context } = deps;
  const pace = createPace(options.intervalMs, clock);
  const posted = new Set<string>();

  async function post(
    body: string | Uint8Array,
    row: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const wait = pace.wait();
    if (wait > LONGEST_WAIT_MS) {
      // Waiting is delivery's: it may leave the rows in their blob meanwhile.
      throw new RetryableError('throttled', `${context().who} asked for a pause of ${wait} ms`, {
        retryAfterMs: wait,
      });
    }
    await pace.turn(signal);
    const whole = options.finish?.(typeof body === 'string' ? body : utf8.decode(body)) ?? body;
    const { reply, context: replied } = await postJson(
      deps,
      { url: options.url, headers: options.headers, body: whole },
      signal,
    );
    const trouble = options.trouble(reply, row, replied);
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
      if (rest.length > options.digestOver) {
        await post(options.digest(rest.map(({ item }) => envelopeOf(item))), undefined, signal);
      } else {
        for (const { item, row } of rest) {
          await post(item.payload(), row, signal);
          remember(keys[row] ?? '');
        }
      }
      // The whole batch is out: a replay of the same rows is meant, and is posted again.
      for (const key of keys) posted.delete(key);
    },
  };
}

/** The same for the same alert whenever its row is read. */
function keyOf({ head: { id, source, rule } }: EncodedDelivery): string {
  return `${id} ${sourcePath(source)} ${source.offset} ${rule?.id ?? rule?.title ?? ''}`;
}

/** The events of messages are kept; those of stored deliveries are gone, and nothing is digested of them. */
function envelopeOf({ head, event = {} }: EncodedDelivery): Envelope {
  return { ...head, event };
}

/** The task queue on Cloudflare Queues. */
import type { Clock } from '../shared/clock.ts';
import { CloudflareBatcher, type QueueBinding } from './cloudflare-batcher.ts';
import { heldBody, readHeld } from './cloudflare-held.ts';
import { checkSize } from './encoding.ts';
import { QueueError } from './errors.ts';
import { poisonBody } from './poison.ts';
import type { QueueMessage, TaskQueue } from './port.ts';

/** The longest delay that Cloudflare allows, for sends and for retries (Cloudflare Queues, "Limits", `delaySeconds`). Seconds. */
export const MAX_DELAY_SECONDS = 86_400;

/** The part of a message in the Worker's queue handler (Workers runtime API, `Message`) that the relay uses. */
export interface DeliveredMessage {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: unknown;
  /** 1 on the first delivery. */
  readonly attempts: number;
  ack(): void;
  retry(options?: { readonly delaySeconds?: number }): void;
}

export interface CloudflareQueueOptions {
  /** The queue's name, for logs. */
  readonly name: string;
  /** The producer binding of the queue; `poison` is that of its dead-letter queue. */
  readonly tasks: QueueBinding;
  readonly poison: QueueBinding;
  readonly clock: Clock;
}

/** A delivered message, and whether it was settled: Cloudflare treats a message that the handler does not settle as done. */
export interface HeldMessage extends QueueMessage {
  readonly settled: boolean;
}

/**
 * A task queue on Cloudflare Queues. A delay over Cloudflare's longest is split into several delays in sequence.
 *
 * Cloudflare pushes messages to the Worker's queue handler, which passes them to `take`; messages cannot be fetched. A message
 * belongs to the handler until that ends, after 15 minutes at most, so {@link QueueMessage.renew} does nothing.
 */
export interface CloudflareQueue extends TaskQueue {
  /** Takes over a delivered message; undefined if its delay is not over, so that it was sent again with the rest of the delay. */
  take(message: DeliveredMessage): Promise<HeldMessage | undefined>;
}

/** The producers of the queue and of its dead-letter queue. */
interface Producers {
  readonly name: string;
  readonly tasks: CloudflareBatcher;
  readonly poison: CloudflareBatcher;
  readonly clock: Clock;
}

export function createCloudflareQueue({
  name,
  tasks,
  poison,
  clock,
}: CloudflareQueueOptions): CloudflareQueue {
  const producers: Producers = {
    name,
    tasks: new CloudflareBatcher(name, tasks),
    poison: new CloudflareBatcher(`${name}-poison`, poison),
    clock,
  };
  return {
    name,

    /** Does nothing: `wrangler queues create` creates the queues. */
    async ensure() {},

    async send(body, delaySeconds = 0) {
      checkSize(body);
      await send(producers, body, delaySeconds, 0);
    },

    async receive() {
      return [];
    },

    async depth() {
      const [ready, dead] = await Promise.all([producers.tasks.backlog(), producers.poison.backlog()]);
      return { ready, poison: dead };
    },

    async take(message) {
      const text = typeof message.body === 'string' ? message.body : JSON.stringify(message.body ?? null);
      const { until, attempts, body } = readHeld(text);
      const left = Math.ceil((until - clock.now()) / 1000);
      if (left > 0) {
        await send(producers, body, left, attempts);
        message.ack();
        return undefined;
      }
      return hold(producers, message, body, attempts + message.attempts);
    },
  };
}

function hold(
  producers: Producers,
  message: DeliveredMessage,
  body: string,
  dequeueCount: number,
): HeldMessage {
  const state = { settled: false };
  const ours = () => {
    if (!state.settled) return;
    throw new QueueError(
      'queue_message_lost',
      `A message of the queue "${producers.name}" was settled before.`,
    );
  };
  return {
    id: message.id,
    body,
    dequeueCount,
    get settled() {
      return state.settled;
    },
    renew: async () => ours(),
    complete: async () => {
      ours();
      message.ack();
      state.settled = true;
    },
    release: async (delaySeconds) => {
      ours();
      if (delaySeconds <= MAX_DELAY_SECONDS) {
        message.retry({ delaySeconds: Math.round(delaySeconds) });
      } else {
        await send(producers, body, delaySeconds, dequeueCount);
        message.ack();
      }
      state.settled = true;
    },
    poison: async (reason) => {
      ours();
      const insertedOn = message.timestamp.toISOString();
      await producers.poison.send(poisonBody({ reason, body, id: message.id, dequeueCount, insertedOn }), 0);
      message.ack();
      state.settled = true;
    },
  };
}

/** @param attempts the deliveries so far, because Cloudflare counts from 1 again for a message that is sent again. */
async function send(
  { tasks, clock }: Producers,
  body: string,
  delaySeconds: number,
  attempts: number,
): Promise<void> {
  const delay = Math.round(delaySeconds);
  const until = delay > MAX_DELAY_SECONDS ? clock.now() + delay * 1000 : 0;
  const text = until > 0 || attempts > 0 ? heldBody({ until, attempts, body }) : body;
  await tasks.send(text, Math.min(delay, MAX_DELAY_SECONDS));
}

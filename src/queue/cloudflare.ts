/** Tasks on Cloudflare Queues. */
import type { Clock } from '../shared/clock.ts';
import { CloudflareBatcher, type QueueBinding } from './cloudflare-batcher.ts';
import { heldBody, readHeld } from './cloudflare-held.ts';
import { checkSize } from './encoding.ts';
import { QueueError } from './errors.ts';
import { poisonBody } from './poison.ts';
import type { QueueMessage, TaskQueue } from './port.ts';

/** Longest delay Cloudflare takes, for sends and for retries (Cloudflare Queues, "Limits", `delaySeconds`). Seconds. */
export const MAX_DELAY_SECONDS = 86_400;

/** A message as the Worker's queue handler gets it (Workers runtime API, `Message`); the part of it that is used. */
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
  /** Producer bindings of the queue and of its dead-letter queue. */
  readonly tasks: QueueBinding;
  readonly poison: QueueBinding;
  readonly clock: Clock;
}

/** A message in the handler's hands, and whether it was settled: Cloudflare takes what nobody settled for done. */
export interface HeldMessage extends QueueMessage {
  readonly settled: boolean;
}

/**
 * Cloudflare Queues. Delays over Cloudflare's longest are made of several, one after the other.
 *
 * Cloudflare hands its messages to the Worker's queue handler, which passes them to {@link take}; there are none to
 * fetch. They stay with the handler until it ends, 15 minutes at most, so {@link QueueMessage.renew} has nothing to do.
 */
export class CloudflareQueue implements TaskQueue {
  readonly name: string;
  readonly #tasks: CloudflareBatcher;
  readonly #poison: CloudflareBatcher;
  readonly #clock: Clock;

  constructor({ name, tasks, poison, clock }: CloudflareQueueOptions) {
    this.name = name;
    this.#tasks = new CloudflareBatcher(name, tasks);
    this.#poison = new CloudflareBatcher(`${name}-poison`, poison);
    this.#clock = clock;
  }

  /** Queues are made by `wrangler queues create`. */
  async ensure(): Promise<void> {}

  async send(body: string, delaySeconds = 0): Promise<void> {
    checkSize(body);
    await this.#send(body, delaySeconds, 0);
  }

  async receive(): Promise<readonly QueueMessage[]> {
    return [];
  }

  async depth(): Promise<{ readonly ready: number; readonly poison: number }> {
    const [ready, poison] = await Promise.all([this.#tasks.backlog(), this.#poison.backlog()]);
    return { ready, poison };
  }

  /** Takes over a delivered message; undefined where its delay is not over yet and it was sent on its next round. */
  async take(message: DeliveredMessage): Promise<HeldMessage | undefined> {
    const text = typeof message.body === 'string' ? message.body : JSON.stringify(message.body ?? null);
    const { until, attempts, body } = readHeld(text);
    const left = Math.ceil((until - this.#clock.now()) / 1000);
    if (left > 0) {
      await this.#send(body, left, attempts);
      message.ack();
      return undefined;
    }
    return this.#hold(message, body, attempts + message.attempts);
  }

  #hold(message: DeliveredMessage, body: string, dequeueCount: number): HeldMessage {
    const state = { settled: false };
    const ours = () => {
      if (!state.settled) return;
      throw new QueueError('queue_message_lost', `A message of the queue "${this.name}" was settled before.`);
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
          await this.#send(body, delaySeconds, dequeueCount);
          message.ack();
        }
        state.settled = true;
      },
      poison: async (reason) => {
        ours();
        const insertedOn = message.timestamp.toISOString();
        await this.#poison.send(poisonBody({ reason, body, dequeueCount, insertedOn }), 0);
        message.ack();
        state.settled = true;
      },
    };
  }

  /** @param attempts deliveries so far: a message that is sent anew would begin to count at 1 again. */
  async #send(body: string, delaySeconds: number, attempts: number): Promise<void> {
    const delay = Math.round(delaySeconds);
    const until = delay > MAX_DELAY_SECONDS ? this.#clock.now() + delay * 1000 : 0;
    const text = until > 0 || attempts > 0 ? heldBody({ until, attempts, body }) : body;
    await this.#tasks.send(text, Math.min(delay, MAX_DELAY_SECONDS));
  }
}

/** A Cloudflare queue in memory. */
import { Buffer } from 'node:buffer';
import type { DeliveredMessage } from '../../src/queue/cloudflare.ts';
import type { QueueBinding, QueueSend } from '../../src/queue/cloudflare-batcher.ts';
import type { Clock } from '../../src/shared/clock.ts';

interface Stored {
  readonly id: string;
  readonly body: string;
  readonly timestamp: Date;
  due: number;
  attempts: number;
  /** Whether a handler has the message. */
  delivered: boolean;
}

/**
 * A Cloudflare queue in this process, as far as it is documented (Cloudflare Queues, "Limits", "JavaScript APIs"). It refuses what
 * Cloudflare refuses. The end-to-end test uses wrangler's own queue.
 */
export class CloudflareBroker implements QueueBinding {
  readonly #clock: Clock;
  readonly #messages = new Map<string, Stored>();
  /** The delays of all sent messages, in order. Seconds. */
  readonly delays: number[] = [];
  calls = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get bodies(): readonly string[] {
    return [...this.#messages.values()].map(({ body }) => body);
  }

  async sendBatch(messages: Iterable<QueueSend>): Promise<void> {
    this.calls += 1;
    const list = [...messages];
    const sizes = list.map(({ body }) => Buffer.byteLength(body) + 100);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (list.length > 100 || total > 256_000 || sizes.some((size) => size > 128_000)) {
      throw new Error('Payload Too Large');
    }
    for (const { body, delaySeconds = 0 } of list) {
      checkDelay(delaySeconds);
      this.delays.push(delaySeconds);
      const id = crypto.randomUUID();
      const due = this.#clock.now() + delaySeconds * 1000;
      const timestamp = new Date(this.#clock.now());
      this.#messages.set(id, { id, body, timestamp, due, attempts: 0, delivered: false });
    }
  }

  async metrics(): Promise<{ readonly backlogCount: number }> {
    return { backlogCount: this.#messages.size };
  }

  /** Returns the next batch in the form that the queue handler gets. */
  deliver(max: number): readonly DeliveredMessage[] {
    const due = [...this.#messages.values()].filter(
      ({ delivered, due: at }) => !delivered && at <= this.#clock.now(),
    );
    return due.slice(0, max).map((stored) => this.#delivered(stored));
  }

  #delivered(stored: Stored): DeliveredMessage {
    stored.attempts += 1;
    stored.delivered = true;
    return {
      id: stored.id,
      timestamp: stored.timestamp,
      body: stored.body,
      attempts: stored.attempts,
      ack: () => {
        this.#messages.delete(stored.id);
      },
      retry: ({ delaySeconds = 0 } = {}) => {
        checkDelay(delaySeconds);
        stored.delivered = false;
        stored.due = this.#clock.now() + delaySeconds * 1000;
      },
    };
  }
}

function checkDelay(seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 86_400) throw new Error('Invalid delaySeconds');
}

/** A task queue in memory. */
import { checkSize } from '../../src/queue/encoding.ts';
import { QueueError } from '../../src/queue/errors.ts';
import { poisonBody } from '../../src/queue/poison.ts';
import type { PeekedMessage, QueueMessage, TaskQueue } from '../../src/queue/port.ts';
import type { Clock } from '../../src/shared/clock.ts';

interface Stored {
  readonly id: string;
  readonly body: string;
  readonly insertedOn: string;
  visibleAt: number;
  dequeueCount: number;
  /** Changes with each receive and update. A consumer with an older receipt has lost the message. */
  receipt: number;
}

/** A queue in memory, which is lost when the process ends. */
export class MemoryQueue implements TaskQueue {
  readonly name: string;
  readonly #clock: Clock;
  readonly #messages = new Map<string, Stored>();
  readonly #poison: string[] = [];
  #receipts = 0;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  /** The bodies in the poison queue, the oldest first. */
  get poisoned(): readonly string[] {
    return this.#poison;
  }

  async ensure(): Promise<void> {}

  async send(body: string, delaySeconds = 0): Promise<void> {
    checkSize(body);
    const id = crypto.randomUUID();
    this.#messages.set(id, {
      id,
      body,
      insertedOn: new Date(this.#clock.now()).toISOString(),
      visibleAt: this.#clock.monotonic() + delaySeconds * 1000,
      dequeueCount: 0,
      receipt: 0,
    });
  }

  async receive(max: number, visibilitySeconds: number): Promise<readonly QueueMessage[]> {
    const now = this.#clock.monotonic();
    const taken: QueueMessage[] = [];
    for (const stored of this.#messages.values()) {
      if (taken.length === max) break;
      if (stored.visibleAt > now) continue;
      stored.dequeueCount += 1;
      taken.push(this.#hold(stored, visibilitySeconds));
    }
    return taken;
  }

  async peek(max: number): Promise<readonly PeekedMessage[]> {
    const now = this.#clock.monotonic();
    return [...this.#messages.values()]
      .filter(({ visibleAt }) => visibleAt <= now)
      .slice(0, max)
      .map(({ id, body, insertedOn, dequeueCount }) => ({
        id,
        body,
        insertedOn: Date.parse(insertedOn),
        dequeueCount,
      }));
  }

  async depth(): Promise<{ readonly ready: number; readonly poison: number }> {
    return { ready: this.#messages.size, poison: this.#poison.length };
  }

  #hold(stored: Stored, visibilitySeconds: number): QueueMessage {
    let receipt = this.#hide(stored, visibilitySeconds);
    const ours = () => {
      if (stored.receipt === receipt && this.#messages.has(stored.id)) return;
      throw new QueueError(
        'queue_message_lost',
        `Another consumer of the queue "${this.name}" has the message.`,
      );
    };
    return {
      id: stored.id,
      body: stored.body,
      dequeueCount: stored.dequeueCount,
      renew: async (seconds) => {
        ours();
        receipt = this.#hide(stored, seconds);
      },
      complete: async () => {
        ours();
        this.#messages.delete(stored.id);
      },
      release: async (delaySeconds) => {
        ours();
        this.#hide(stored, delaySeconds);
      },
      poison: async (reason) => {
        ours();
        this.#poison.push(poisonBody({ reason, ...this.#story(stored) }));
        this.#messages.delete(stored.id);
      },
    };
  }

  #hide(stored: Stored, seconds: number): number {
    stored.visibleAt = this.#clock.monotonic() + seconds * 1000;
    this.#receipts += 1;
    stored.receipt = this.#receipts;
    return stored.receipt;
  }

  #story({ id, body, dequeueCount, insertedOn }: Stored) {
    return { id, body, dequeueCount, insertedOn };
  }
}

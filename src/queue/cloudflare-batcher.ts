/** Combines messages for a Cloudflare queue into few calls. */
import { Buffer } from 'node:buffer';
import { QueueError } from './errors.ts';

/** The part of a producer binding (Workers runtime API, `Queue`) that the relay uses. */
export interface QueueBinding {
  sendBatch(messages: Iterable<QueueSend>): Promise<unknown>;
  metrics(): Promise<{ readonly backlogCount: number }>;
}

export interface QueueSend {
  readonly body: string;
  readonly contentType: 'text';
  readonly delaySeconds?: number;
}

/** The limits of one call (Cloudflare Queues, "Limits": 100 messages or 256 KB per `sendBatch`, metadata included). */
const MAX_MESSAGES = 100;
const MAX_BYTES = 240_000;
const METADATA_BYTES = 200;

interface Waiting {
  readonly message: QueueSend;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends to one queue. Messages of the same moment are sent in one call, because each call counts against an invocation's subrequests,
 * and one request of Event Grid may contain thousands of events.
 */
export class CloudflareBatcher {
  readonly #name: string;
  readonly #binding: QueueBinding;
  #waiting: Waiting[] = [];

  constructor(name: string, binding: QueueBinding) {
    this.#name = name;
    this.#binding = binding;
  }

  /** Resolves when the queue has the message. Throws QueueError `queue_unavailable`. */
  send(body: string, delaySeconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const message: QueueSend = { body, contentType: 'text', ...(delaySeconds > 0 && { delaySeconds }) };
      this.#waiting.push({ message, bytes: Buffer.byteLength(body) + METADATA_BYTES, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#flush());
    });
  }

  /** The approximate number of messages in the queue. */
  async backlog(): Promise<number> {
    try {
      return (await this.#binding.metrics()).backlogCount;
    } catch (cause) {
      throw this.#trouble('look at', cause);
    }
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    await Promise.all(calls(waiting).map((call) => this.#call(call)));
  }

  async #call(call: readonly Waiting[]): Promise<void> {
    try {
      await this.#binding.sendBatch(call.map(({ message }) => message));
      for (const { resolve } of call) resolve();
    } catch (cause) {
      const error = this.#trouble('write to', cause);
      for (const { reject } of call) reject(error);
    }
  }

  #trouble(what: string, cause: unknown): QueueError {
    return new QueueError('queue_unavailable', `Could not ${what} the queue "${this.#name}".`, { cause });
  }
}

function calls(waiting: readonly Waiting[]): readonly (readonly Waiting[])[] {
  const made: Waiting[][] = [];
  let bytes = 0;
  for (const each of waiting) {
    const last = made.at(-1);
    if (last && last.length < MAX_MESSAGES && bytes + each.bytes <= MAX_BYTES) {
      last.push(each);
      bytes += each.bytes;
    } else {
      made.push([each]);
      bytes = each.bytes;
    }
  }
  return made;
}

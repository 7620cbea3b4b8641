/** Takes messages from the poison queue one after the other, and gives back those that stay. */
import type { PoisonQueue, QueueMessage } from './port.ts';

/** A page of the service. */
const PAGE = 32;
/** How long a taken message stays hidden, should the command die. Seconds. */
const HIDDEN_SECONDS = 120;
/** How many messages one call looks at. More are left where they are. */
const MOST_LOOKED_AT = 10_000;

export interface TakeOptions {
  /** Only these messages; all if empty. */
  readonly ids: readonly string[];
  /** How many messages are yielded at most. */
  readonly most: number;
}

/**
 * Yields messages of the poison queue, each hidden from others for two minutes. What the caller has not completed when it asks for the next one
 * is given back when the generator ends, so that it is visible again at once. Looks at no more than 10,000 messages. Throws QueueError.
 */
export async function* takePoison(
  queue: PoisonQueue,
  { ids, most }: TakeOptions,
  signal: AbortSignal,
): AsyncGenerator<QueueMessage> {
  const wanted = new Set(ids);
  /** The messages that were taken, by id. A message that is completed cannot be given back, which is ignored. */
  const taken = new Map<string, QueueMessage>();
  let given = 0;
  try {
    while (taken.size < MOST_LOOKED_AT && !signal.aborted) {
      const page = await queue.receive(PAGE, HIDDEN_SECONDS);
      // A message that comes twice was hidden for too long: everything was looked at.
      if (page.length === 0 || page.some(({ id }) => taken.has(id))) return;
      for (const message of page) taken.set(message.id, message);
      for (const message of page) {
        if (ids.length > 0 && !wanted.delete(message.id)) continue;
        yield message;
        given += 1;
        if (given >= most || (ids.length > 0 && wanted.size === 0)) return;
      }
    }
  } finally {
    await Promise.all([...taken.values()].map((message) => message.release(0).catch(() => {})));
  }
}

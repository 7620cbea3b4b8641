/** The task queue on an Azure Storage Queue. */
import type { QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { adviceOn, storageFailure } from '../azure/failure.ts';
import { withDeadline } from '../shared/deadline.ts';
import { translated } from '../shared/translated.ts';
import { decodeBody, encodeBody } from './encoding.ts';
import { QueueError } from './errors.ts';
import { poisonBody } from './poison.ts';
import type { PoisonQueue, QueueMessage, TaskQueue } from './port.ts';
import { type TakenMessage, takeMessages } from './take.ts';

/** The time limit of one call, retries included. Event Grid waits 30 s for `/events`, which sends tasks. Milliseconds. */
const CALL_TIMEOUT_MS = 15_000;
/** A time to live without end. With the default, a destination that is down for 7 days would lose its tasks. */
const FOREVER = -1;
/** The longest time that a message can be hidden, 7 days (Microsoft Learn, "Put Message"). The service refuses more. Seconds. */
const MOST_SECONDS = 604_800;

/** The clients of a queue and its poison queue. */
interface Queues {
  readonly name: string;
  readonly client: QueueClient;
  readonly poison: QueueClient;
}

/** Makes a task queue on an Azure Storage Queue and its poison queue. The identity of `service` needs the role Storage Queue Data Contributor. */
export function createAzureQueue(service: QueueServiceClient, name: string): TaskQueue {
  const client = service.getQueueClient(name);
  const poison = service.getQueueClient(`${name}-poison`);
  const queues: Queues = { name, client, poison };
  return {
    name,
    ...readsOf(queues),

    async ensure() {
      await call(queues, 'create', (limit) =>
        Promise.all([createWhereMissing(client, limit), createWhereMissing(poison, limit)]),
      );
    },

    async send(body, delaySeconds = 0) {
      const text = encodeBody(body);
      await call(queues, 'write to', (limit) =>
        client.sendMessage(text, {
          ...limit,
          messageTimeToLive: FOREVER,
          visibilityTimeout: wholeSeconds(delaySeconds),
        }),
      );
    },

    async depth(signal) {
      const look = (limit: Limit) => Promise.all([client.getProperties(limit), poison.getProperties(limit)]);
      const [ready, dead] = await call(queues, 'look at', look, signal);
      return { ready: ready.approximateMessagesCount ?? 0, poison: dead.approximateMessagesCount ?? 0 };
    },
  };
}

/** Makes the port to the poison queue of the queue `name`. */
export function openAzurePoison(service: QueueServiceClient, name: string): PoisonQueue {
  const client = service.getQueueClient(`${name}-poison`);
  // A message of it that is set aside once more would come to the end of the same queue.
  return { name: client.name, ...readsOf({ name: client.name, client, poison: client }) };
}

/** How messages are taken and looked at, for both queues. */
function readsOf(queues: Queues): Omit<PoisonQueue, 'name'> {
  const { client } = queues;
  return {
    async receive(max, visibilitySeconds) {
      const options = { max, visibilitySeconds: wholeSeconds(visibilitySeconds) };
      const taken = await call(queues, 'read from', ({ abortSignal }) =>
        takeMessages(client, options, abortSignal),
      );
      return taken.map((item) => hold(queues, item));
    },

    async peek(max, signal) {
      const look = (limit: Limit) => client.peekMessages({ ...limit, numberOfMessages: max });
      const { peekedMessageItems } = await call(queues, 'look at', look, signal);
      return peekedMessageItems.map(({ messageId, messageText, insertedOn, dequeueCount }) => ({
        id: messageId,
        body: decodeBody(messageText),
        insertedOn: insertedOn.getTime(),
        dequeueCount,
      }));
    },
  };
}

function hold(queues: Queues, item: TakenMessage): QueueMessage {
  const { client, poison } = queues;
  const { messageId, dequeueCount } = item;
  const body = decodeBody(item.messageText);
  // Each update returns a new receipt, and the old receipt is no longer valid.
  let receipt = item.popReceipt;
  const hide = async (seconds: number) => {
    const answer = await call(queues, 'update a message of', (limit) =>
      client.updateMessage(messageId, receipt, undefined, wholeSeconds(seconds), limit),
    );
    receipt = answer.popReceipt ?? receipt;
  };
  const complete = async () => {
    await call(queues, 'delete a message of', (limit) => client.deleteMessage(messageId, receipt, limit));
  };
  return {
    id: messageId,
    body,
    dequeueCount,
    renew: hide,
    complete,
    release: hide,
    poison: async (reason) => {
      const insertedOn = item.insertedOn.toISOString();
      const text = encodeBody(poisonBody({ reason, body, id: messageId, dequeueCount, insertedOn }));
      await call(queues, 'write to the poison queue of', (limit) =>
        poison.sendMessage(text, { ...limit, messageTimeToLive: FOREVER }),
      );
      await complete();
    },
  };
}

/** The signal that ends one call. */
interface Limit {
  readonly abortSignal: AbortSignal;
}

function call<T>(
  { name }: Queues,
  what: string,
  work: (limit: Limit) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return translated(
    () => withDeadline(CALL_TIMEOUT_MS, signal, (abortSignal) => work({ abortSignal })),
    (thrown) => queueError(what, name, thrown),
  );
}

function wholeSeconds(seconds: number): number {
  return Math.min(Math.round(seconds), MOST_SECONDS);
}

/** Creates a queue if it is missing. It checks first, because a shared access signature or a role may allow using a queue but not creating one. */
async function createWhereMissing(client: QueueClient, limit: Limit): Promise<void> {
  if (!(await client.exists(limit))) await client.createIfNotExists(limit);
}

const LOST = new Set(['MessageNotFound', 'PopReceiptMismatch']);
const TOO_LARGE = new Set(['MessageTooLarge', 'RequestBodyTooLarge']);

/** Describes a failure without the service's own message, which contains request ids and may contain addresses. */
function queueError(what: string, name: string, error: unknown): QueueError {
  const failure = storageFailure(error);
  const { status } = failure;
  const code = failure.code ?? `HTTP ${status}`;
  if (LOST.has(code)) {
    return new QueueError('queue_message_lost', `Another consumer of the queue "${name}" has the message.`, {
      cause: error,
    });
  }
  const reason = status === undefined ? failure.text : code;
  const sentence = `Could not ${what} the queue "${name}": ${reason}.`;
  if (TOO_LARGE.has(code) || status === 413) {
    return new QueueError('queue_message_too_large', sentence, { cause: error });
  }
  const advice = adviceOn(failure, 'Storage Queue Data Contributor');
  return new QueueError('queue_unavailable', sentence + advice, { cause: error });
}

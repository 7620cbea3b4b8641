/**
 * The port to the task queue. Bodies are plain text; an adapter encodes them if its service requires it.
 *
 * Delivery is at least once: after its visibility time, a message may be received again, also by another consumer.
 */
export interface TaskQueue {
  /** The queue's name, for logs and for `<name>-poison`. */
  readonly name: string;
  /** Creates the queue and its poison queue if they do not exist. */
  ensure(): Promise<void>;
  /**
   * Resolves once the queue has stored the message. Throws a {@link QueueError}.
   * @param delaySeconds how long the message stays invisible, 0 to 604,800 (7 days; Azure Queue's limit).
   */
  send(body: string, delaySeconds?: number): Promise<void>;
  /**
   * Receives up to `max` messages (1 to 32). It does not wait for messages, and may return none.
   * @param visibilitySeconds how long the messages stay invisible to other consumers unless renewed.
   */
  receive(max: number, visibilitySeconds: number): Promise<readonly QueueMessage[]>;
  /** The approximate number of messages in the queue and in the poison queue. Also used to check that the service responds. */
  depth(signal?: AbortSignal): Promise<{ readonly ready: number; readonly poison: number }>;
  /** Looks at up to `max` (1 to 32) visible messages and takes none; absent where the service cannot do that. Throws a {@link QueueError}. */
  peek?(max: number, signal?: AbortSignal): Promise<readonly PeekedMessage[]>;
}

/** The queue of messages that could never be processed, for a person to look at. */
export interface PoisonQueue extends Pick<TaskQueue, 'name' | 'receive'> {
  readonly peek: NonNullable<TaskQueue['peek']>;
}

/** A message that was looked at and not taken. */
export interface PeekedMessage {
  readonly id: string;
  readonly body: string;
  /** When it was put on the queue, ms since the epoch by the service's clock. */
  readonly insertedOn: number;
  /** How often it was received. */
  readonly dequeueCount: number;
}

/** One received message. Each method throws a {@link QueueError} if the message no longer belongs to this consumer. */
export interface QueueMessage {
  readonly id: string;
  /** The string that was sent. Event Grid's messages are decoded if they were base64. */
  readonly body: string;
  /** 1 on the first delivery. */
  readonly dequeueCount: number;
  /** Keeps the message for another `visibilitySeconds`. */
  renew(visibilitySeconds: number): Promise<void>;
  /** Deletes the message, because its work is done. */
  complete(): Promise<void>;
  /** Gives the message back: it becomes visible after `delaySeconds`, with a dequeue count one higher. */
  release(delaySeconds: number): Promise<void>;
  /** Moves the message to `<queue>-poison` with the reason, because it can never be processed. */
  poison(reason: string): Promise<void>;
}

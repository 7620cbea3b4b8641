/**
 * The task queue, as the relay sees it. Bodies are plain text: the adapter does base64 where its service wants it.
 *
 * At least once: a message may be received again after its visibility ran out, and by another consumer.
 */
export interface TaskQueue {
  /** The queue's name, for logs and for `<name>-poison`. */
  readonly name: string;
  /** Creates the queue and its poison queue where they do not exist. */
  ensure(): Promise<void>;
  /**
   * Takes the message for good, or throws a {@link QueueError}.
   * @param delaySeconds how long the message stays invisible, 0 to 604,800 (7 days; Azure Queue's bound).
   */
  send(body: string, delaySeconds?: number): Promise<void>;
  /**
   * Takes up to `max` messages (1 to 32), or none: it does not wait for one to come.
   * @param visibilitySeconds how long they stay with this consumer unless renewed.
   */
  receive(max: number, visibilitySeconds: number): Promise<readonly QueueMessage[]>;
  /** The approximate number of messages in the queue and in the poison queue. Also shows whether the service answers. */
  depth(signal?: AbortSignal): Promise<{ readonly ready: number; readonly poison: number }>;
}

/** One message in this consumer's hands. Each method throws a {@link QueueError} when the message is no longer ours. */
export interface QueueMessage {
  readonly id: string;
  /** The string that was sent. Event Grid's own messages come decoded from base64 where they were encoded. */
  readonly body: string;
  /** 1 on the first delivery. */
  readonly dequeueCount: number;
  /** Holds on to the message for another `visibilitySeconds`. */
  renew(visibilitySeconds: number): Promise<void>;
  /** Done: the message is deleted. */
  complete(): Promise<void>;
  /** Not done: the message comes back after `delaySeconds`, its dequeue count one higher. */
  release(delaySeconds: number): Promise<void>;
  /** Never to be done: moved to `<queue>-poison` with the reason. */
  poison(reason: string): Promise<void>;
}

/** Remembers in the state when the last notification of Event Grid came, which shows that there is a subscription and that it works. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { Clock } from '../../shared/clock.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';

const DOCUMENT = 'notifications';
/** A process stores this so often, at most: a read and a write. Milliseconds. */
const STORE_MS = 30 * 60_000;

const moment = z.number().int().nonnegative();
/** How notifications came: through the relay's endpoint, or from Event Grid straight into the queue. */
const schema = z.object({ v: z.literal(1), endpoint: moment.exactOptional(), queue: moment.exactOptional() });

export type Way = 'endpoint' | 'queue';
/** When the last notification came by each way, ms since the epoch, to half an hour. */
export type LastNotifications = Readonly<Partial<Record<Way, number>>>;

const documentOf = (documents: StateDocuments, signal?: AbortSignal) =>
  sharedDocument(documents, DOCUMENT, (value) => schema.safeParse(value).data, signal);

/** Throws CheckpointError. */
export async function lastNotifications(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<LastNotifications> {
  const { endpoint, queue } = (await documentOf(documents, signal).load()).value ?? {};
  return { ...(endpoint !== undefined && { endpoint }), ...(queue !== undefined && { queue }) };
}

/** When this process has last stored that a notification came, by the way it came; a Worker keeps it from one invocation to the next. */
export class NotificationMark {
  readonly #storedAt = new Map<Way, number>();

  /** Stores that a notification has come, unless this process did so in the last half hour. Never throws. */
  async note(
    way: Way,
    { documents, clock, logger }: { documents: StateDocuments; clock: Clock; logger: Logger },
  ): Promise<void> {
    const storedAt = this.#storedAt.get(way);
    if (storedAt !== undefined && clock.monotonic() - storedAt < STORE_MS) return;
    // Set first: messages that are worked on at the same time must not all write.
    this.#storedAt.set(way, clock.monotonic());
    const decide = (current: z.infer<typeof schema> | undefined) => ({
      write: { ...current, v: 1 as const, [way]: clock.now() },
      result: undefined,
    });
    try {
      await updateDocument(documentOf(documents), decide, ONE_TRY);
    } catch (error) {
      logger.debug('That a notification came could not be stored', { ...loggedError(error) });
    }
  }
}

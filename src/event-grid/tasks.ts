/** Turns notifications, and the queue messages that contain them, into tasks. */
import { TASK_VERSION, type Task, taskSchema } from '../queue/task.ts';
import { type BlobRef, blobPath } from '../shared/blob-ref.ts';
import { isJsonObject } from '../shared/json.ts';
import {
  type BlobOutcome,
  blobFromSubject,
  blobFromUrl,
  checkBlob,
  firstBlob,
  type IgnoredReason,
} from './blob-url.ts';
import { MessageError, NotificationError } from './errors.ts';
import { BLOB_CREATED, type Notification, parseNotifications } from './notification.ts';
import type { SourceAccount } from './source.ts';

/** The tasks that result from notifications or from a queue message. */
export interface Intake {
  /** One task for each named blob, in the order of the first mention. */
  readonly tasks: readonly Task[];
  /** The number of events that lead to no task, by reason. */
  readonly ignored: ReadonlyMap<IgnoredReason, number>;
}

/** The blob that a notification is about, or the reason why the relay ignores it. */
export function blobFromNotification(event: Notification, sources: readonly SourceAccount[]): BlobOutcome {
  if (event.type !== BLOB_CREATED) return { kind: 'ignored', reason: 'other_event_type' };
  if (event.data.url !== undefined) return blobFromUrl(event.data.url, sources);
  if (event.subject !== undefined) return blobFromSubject(event.subject, event.source, sources);
  return { kind: 'ignored', reason: 'no_blob' };
}

/** How many characters of a message's id become a task's id: the ids of its follow-up tasks need room for more. */
const LONGEST_ID = 48;

/** Makes one task for each blob that the events name. */
export function tasksFromNotifications(
  events: readonly Notification[],
  sources: readonly SourceAccount[],
): Intake {
  const blobs = new Map<string, BlobRef>();
  const ignored = new Map<IgnoredReason, number>();
  for (const event of events) {
    const outcome = blobFromNotification(event, sources);
    if (outcome.kind === 'blob') blobs.set(`${outcome.ref.account}/${blobPath(outcome.ref)}`, outcome.ref);
    else ignored.set(outcome.reason, (ignored.get(outcome.reason) ?? 0) + 1);
  }
  return { tasks: [...blobs.values()].map(notificationTask), ignored };
}

/**
 * Makes a new task for a blob. Its id is random, so that two notifications of one blob make two different tasks: with equal ids the
 * checkpoint could not distinguish the live task from its duplicate.
 */
export function notificationTask(blob: BlobRef): Task {
  return { v: TASK_VERSION, id: crypto.randomUUID(), blob, origin: 'notification' };
}

/**
 * Parses a queue message: a task of the relay, or an event that Event Grid put on the queue, in either schema.
 *
 * A task for a blob outside the configured accounts and containers is ignored, like an event about such a blob. The task of an event
 * gets the message's id, so that a message that is received again is the same task. Throws {@link MessageError}; a message with
 * `message_newer` must not go to the poison queue.
 */
export function taskFromMessage(body: string, sources: readonly SourceAccount[], messageId?: string): Intake {
  const value = parseJson(body);
  if (isJsonObject(value) && Object.hasOwn(value, 'v')) return ownTask(value, sources);
  try {
    // Parsing stops at the first malformed event, because one is enough to poison the message.
    const { events, malformed } = parseNotifications(value, undefined, 1);
    const [first] = malformed;
    if (first) throw new NotificationError('notification_malformed', first.message);
    const intake = tasksFromNotifications(events, sources);
    const [task] = intake.tasks;
    return task && intake.tasks.length === 1 && messageId !== undefined && messageId.length <= LONGEST_ID
      ? { ...intake, tasks: [{ ...task, id: messageId }] }
      : intake;
  } catch (error) {
    if (!(error instanceof NotificationError)) throw error;
    throw new MessageError(
      'message_malformed',
      `The message is neither a task nor an Event Grid event: ${error.message}`,
      { cause: error },
    );
  }
}

/** Whether the body of a message is a task that the relay itself has queued, and not an event. Throws {@link MessageError} where it is no JSON. */
export function isOwnTask(body: string): boolean {
  const value = parseJson(body);
  return isJsonObject(value) && Object.hasOwn(value, 'v');
}

function ownTask(value: { readonly v?: unknown }, sources: readonly SourceAccount[]): Intake {
  if (typeof value.v === 'number' && value.v > TASK_VERSION) {
    throw new MessageError(
      'message_newer',
      `The task has version ${value.v}; this consumer knows ${TASK_VERSION}.`,
    );
  }
  const task = taskSchema.safeParse(value);
  if (!task.success) {
    const [issue] = task.error.issues;
    throw new MessageError('message_malformed', `The task has a wrong ${issue?.path.join('.') || 'shape'}.`);
  }
  const outcome = firstBlob(sources, (source) => checkBlob(task.data.blob, source));
  return outcome.kind === 'blob'
    ? { tasks: [task.data], ignored: new Map() }
    : { tasks: [], ignored: new Map([[outcome.reason, 1]]) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MessageError('message_not_json', 'The message is not JSON.', { cause: error });
  }
}

/** Turns notifications, and the queue messages that carry them, into tasks. */
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

/** What a notification or a queue message asks for. */
export interface Intake {
  /** One for each blob, in the order they were named; a blob named twice has one. */
  readonly tasks: readonly Task[];
  /** How many events asked for nothing, by reason. */
  readonly ignored: ReadonlyMap<IgnoredReason, number>;
}

/** The blob one notification is about, or why it is about none. */
export function blobFromNotification(event: Notification, sources: readonly SourceAccount[]): BlobOutcome {
  if (event.type !== BLOB_CREATED) return { kind: 'ignored', reason: 'other_event_type' };
  if (event.data.url !== undefined) return blobFromUrl(event.data.url, sources);
  if (event.subject !== undefined) return blobFromSubject(event.subject, event.source, sources);
  return { kind: 'ignored', reason: 'no_blob' };
}

/** Of a message's id that a task may take: a task's id has room for more behind it. */
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
 * A new task for a blob. Its id is random: two notifications of one blob must make two different tasks,
 * or the checkpoint could not tell the live one from its double.
 */
export function notificationTask(blob: BlobRef): Task {
  return { v: TASK_VERSION, id: crypto.randomUUID(), blob, origin: 'notification' };
}

/**
 * Reads a queue message: a task of our own, or what Event Grid itself put on the queue, in either schema.
 *
 * A task for a blob outside the configured accounts and containers is ignored like any foreign event.
 * A message that comes back must be the same task again: one event's task takes the message's id.
 * Throws {@link MessageError}; `message_newer` alone is no reason to poison the message.
 */
export function taskFromMessage(body: string, sources: readonly SourceAccount[], messageId?: string): Intake {
  const value = parseJson(body);
  if (isJsonObject(value) && Object.hasOwn(value, 'v')) return ownTask(value, sources);
  try {
    // One malformed event is enough to poison the message.
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

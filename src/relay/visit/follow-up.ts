/** Plans the task that follows a visit: its id, when it is due, and which of several tasks the checkpoint names. */
import { createHash } from 'node:crypto';
import { encodeTask, TASK_VERSION, type Task } from '../../queue/task.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import type { CursorRef } from '../../shared/cursor-ref.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';

/** A task on the queue and its due time, as a checkpoint stores them. */
export interface LiveTask {
  readonly task: string;
  /** When the task is due, ms since the epoch. */
  readonly due: number;
}

/** A task that is not on the queue yet. */
export interface PlannedTask {
  readonly body: string;
  readonly delaySeconds: number;
  readonly live: LiveTask;
  /** The cursor that the task reads for; undefined for all cursors that keep pace. */
  readonly cursor: CursorRef | undefined;
}

export interface NewTask {
  readonly id: string;
  readonly blob: BlobRef;
  readonly origin: Task['origin'];
  /** When the task is due, ms since the epoch; a past time means at once. */
  readonly due: number;
  /** The cursor that the task reads for. */
  readonly cursor?: CursorRef | undefined;
  /** See {@link Task.trace}. */
  readonly trace?: string | undefined;
}

/** Plans a task, which is due at the first whole second from now that is not before `due`. @param now ms since the epoch. */
export function planTask(now: number, { id, blob, origin, due, cursor, trace }: NewTask): PlannedTask {
  const delaySeconds = Math.ceil(Math.max(0, due - now) / 1000);
  const task: Task = {
    v: TASK_VERSION,
    id,
    blob,
    origin,
    ...(cursor && { cursor }),
    ...(trace && { trace }),
  };
  return {
    body: encodeTask(task),
    delaySeconds,
    live: { task: id, due: now + delaySeconds * 1000 },
    cursor,
  };
}

/**
 * Plans the task that follows a given one. It is put on the queue under the claim, before the checkpoint names it. Its id contains the id
 * of the given task, so that either of the two can continue if the process dies, or fails, before the checkpoint is written.
 */
export function planNext(
  now: number,
  { id, blob, cursor, trace }: Pick<Task, 'id' | 'blob' | 'cursor' | 'trace'>,
  origin: Task['origin'],
  due: number,
): PlannedTask {
  return planTask(now, { id: nextId(id), blob, origin, due, cursor, trace });
}

/** The id of a follow-up task, `<id>~<n>`: the nth task after the task with this id. */
const NUMBERED = /^(.*)~(\d+)$/;
/** The length to which an id is cut, so that the suffix fits into the 64 characters of a {@link Task}'s id. */
const LONGEST_ID = 56;

function parts(id: string): readonly [string, number] {
  const [, first = id, number = '0'] = NUMBERED.exec(id) ?? [];
  return [first, Number(number)];
}

function nextId(id: string): string {
  const [first, number] = parts(id);
  return shortId(`${first}~${number + 1}`);
}

/** The id itself, or a hash of it where it leaves no room for what is added to it later. */
export function shortId(id: string): string {
  return id.length <= LONGEST_ID ? id : createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** Whether a task is the same as an earlier one, or follows it. */
function goesOnAfter(id: string, earlier: string): boolean {
  const [first, number] = parts(id);
  const [earlierFirst, earlierNumber] = parts(earlier);
  return first === earlierFirst && number >= earlierNumber;
}

/**
 * Waits until the checkpoint is written. Returns false if that fails although the next task is on the queue: the next task tries again, and
 * this one may end. If this one were put back as well, the number of tasks would double with each try.
 */
export async function isWritten(
  writing: Promise<void>,
  isNextSent: boolean,
  logger: Pick<Logger, 'warn'>,
): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (!isNextSent) throw error;
    logger.warn('The checkpoint could not be written; the next task tries again', {
      ...loggedError(error),
    });
    return false;
  }
}

/** A task that is overdue by this much counts as lost: another may replace it. Milliseconds. */
export const OVERDUE_MS = 5 * 60_000;

/** Whether a task is so overdue that it counts as lost. */
export function isLost({ due }: LiveTask, now: number): boolean {
  return now >= due + OVERDUE_MS;
}

/** Whether a task other than `id` is responsible for this blob: then `id` may end. */
export function hasOtherTask(live: LiveTask | undefined, id: string, now: number): boolean {
  return live !== undefined && !goesOnAfter(id, live.task) && !isLost(live, now);
}

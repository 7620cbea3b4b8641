/** The task that follows a visit: its id, when it is due, and which of several tasks the checkpoint names. */
import { createHash } from 'node:crypto';
import { encodeTask, TASK_VERSION, type Task } from '../../queue/task.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import type { CursorRef } from '../../shared/cursor-ref.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';

/** A task on the queue, and when it comes due: what a checkpoint remembers of it. */
export interface LiveTask {
  readonly task: string;
  /** ms since the epoch. */
  readonly due: number;
}

/** A task that is not on the queue yet. */
export interface PlannedTask {
  readonly body: string;
  readonly delaySeconds: number;
  readonly live: LiveTask;
  /** The cursor it reads for; undefined: all that keep pace. */
  readonly cursor: CursorRef | undefined;
}

export interface NewTask {
  readonly id: string;
  readonly blob: BlobRef;
  readonly origin: Task['origin'];
  /** When it comes due, ms since the epoch: at once where that is past. */
  readonly due: number;
  /** The cursor it reads for. */
  readonly cursor?: CursorRef | undefined;
}

/** @param now ms since the epoch. The task comes due on the first full second, counted from now, that is not before `due`. */
export function planTask(now: number, { id, blob, origin, due, cursor }: NewTask): PlannedTask {
  const delaySeconds = Math.ceil(Math.max(0, due - now) / 1000);
  const task: Task = { v: TASK_VERSION, id, blob, origin, ...(cursor && { cursor }) };
  return {
    body: encodeTask(task),
    delaySeconds,
    live: { task: id, due: now + delaySeconds * 1000 },
    cursor,
  };
}

/**
 * The task that follows this one. It is put on the queue before the checkpoint names it, and under the claim. Its id contains
 * this one's id, so that either of the two can continue if the process dies, or fails, before the checkpoint is written.
 */
export function planNext(
  now: number,
  { id, blob, cursor }: Pick<Task, 'id' | 'blob' | 'cursor'>,
  origin: Task['origin'],
  due: number,
): PlannedTask {
  return planTask(now, { id: nextId(id), blob, origin, due, cursor });
}

/** `<id>~<n>`: the nth task after the one that began with this id. */
const NUMBERED = /^(.*)~(\d+)$/;
/** Room for what is added to a task's id, of the 64 characters that {@link Task} lets one have. */
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

/** The same task, or one that follows it. */
function goesOnAfter(id: string, earlier: string): boolean {
  const [first, number] = parts(id);
  const [earlierFirst, earlierNumber] = parts(earlier);
  return first === earlierFirst && number >= earlierNumber;
}

/**
 * Waits until the checkpoint is written. False if that fails although the next task is on the queue: the next task tries again,
 * and this one may end. If this one were put back as well, the number of tasks would double with each try.
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

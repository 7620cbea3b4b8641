import { randomUUID } from 'node:crypto';
import type { TaskQueue } from '../../queue/port.ts';
import { TASK_VERSION, type Task } from '../../queue/task.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf, messageOf } from '../../shared/errors.ts';
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
}

export function planTask(
  clock: Clock,
  blob: BlobRef,
  origin: Task['origin'],
  delayMs: number,
  destination?: string,
  id: string = randomUUID(),
): PlannedTask {
  const delaySeconds = Math.ceil(Math.max(0, delayMs) / 1000);
  const task: Task = {
    v: TASK_VERSION,
    id,
    blob,
    origin,
    ...(destination !== undefined && { destination }),
  };
  return {
    body: JSON.stringify(task),
    delaySeconds,
    live: { task: task.id, due: clock.now() + delaySeconds * 1000 },
  };
}

/**
 * Puts the task that goes on after this one on the queue, before the checkpoint names it and under the claim. Its id tells after
 * which: where the checkpoint cannot be written, or the process dies before it is, either of the two can go on.
 */
export async function sendNext(
  { queue, clock }: { readonly queue: TaskQueue; readonly clock: Clock },
  { id, blob, destination }: Task,
  origin: Task['origin'],
  delayMs: number,
): Promise<LiveTask> {
  const planned = planTask(clock, blob, origin, delayMs, destination, nextId(id));
  await queue.send(planned.body, planned.delaySeconds);
  return planned.live;
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
  const next = `${first}~${number + 1}`;
  return next.length <= LONGEST_ID ? next : randomUUID();
}

/** The same task, or one that goes on after it. */
function goesOnAfter(id: string, earlier: string): boolean {
  const [first, number] = parts(id);
  const [earlierFirst, earlierNumber] = parts(earlier);
  return first === earlierFirst && number >= earlierNumber;
}

/**
 * Waits until the checkpoint is written. False where it cannot be although the next task is on the queue: that one tries again,
 * and this one may end. Were it put back as well, there would be twice as many after each try.
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
      code: codeOf(error),
      error: messageOf(error),
    });
    return false;
  }
}

/** A task that is this much overdue is not coming any more: another may take its place. Milliseconds. */
export const OVERDUE_MS = 5 * 60_000;

/** Whether another task than `id` looks after this blob: then `id` need not go on. */
export function hasOtherTask(live: LiveTask | undefined, id: string, now: number): boolean {
  return live !== undefined && !goesOnAfter(id, live.task) && now < live.due + OVERDUE_MS;
}

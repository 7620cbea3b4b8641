import { randomUUID } from 'node:crypto';
import type { TaskQueue } from '../queue/port.ts';
import { TASK_VERSION, type Task } from '../queue/task.ts';
import type { BlobRef } from '../shared/blob-ref.ts';
import type { Clock } from '../shared/clock.ts';

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
 * Puts the task that goes on after this one on the queue, before the checkpoint names it and under the claim: after a crash in
 * between, the old task is still the live one, and the new one finds that out.
 */
export async function sendTask(
  { queue, clock }: { readonly queue: TaskQueue; readonly clock: Clock },
  ...task: DropFirst<Parameters<typeof planTask>>
): Promise<LiveTask> {
  const planned = planTask(clock, ...task);
  await queue.send(planned.body, planned.delaySeconds);
  return planned.live;
}

type DropFirst<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

/** A task that is this much overdue is not coming any more: another may take its place. Milliseconds. */
export const OVERDUE_MS = 5 * 60_000;

/** Whether another task than `id` looks after this blob: then `id` need not go on. */
export function hasOtherTask(live: LiveTask | undefined, id: string, now: number): boolean {
  return live !== undefined && live.task !== id && now < live.due + OVERDUE_MS;
}

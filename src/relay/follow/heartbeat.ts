/** The document by which a process tells the others which blobs it follows. */
import { z } from 'zod';
import { blobRefSchema, TASK_VERSION, type Task, taskIdSchema } from '../../queue/task.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';

/** The prefix of all heartbeats; the process's id follows. */
export const HEARTBEAT_FOLDER = 'followers/';

/** A blob, and the task that goes on with it: a hint with that id continues where its follower stopped. */
export interface Listed {
  readonly ref: BlobRef;
  readonly task: string;
}

const listedSchema = z.object({ ref: blobRefSchema, task: taskIdSchema });
const amount = z.number().nonnegative();

/** Keys that a later version adds are left out. */
export const heartbeatSchema = z.object({
  v: z.literal(1),
  /** Counts the beats: for a process that does not know whether its last write arrived. */
  beat: z.number().int().nonnegative(),
  /** `hostname:pid`, for people. */
  host: z.string().max(300),
  /** When it was written, ms since the epoch; for people, too. */
  at: z.number().int().nonnegative(),
  cores: amount,
  /** Blobs that the process follows at most. */
  capacity: z.number().int().nonnegative(),
  /** As estimated, CPU-milliseconds a second. */
  load: amount,
  follows: z.array(listedSchema),
  /** Blobs that are given away: their hints are on the queue, or about to be. */
  leaving: z.array(listedSchema),
  /** The process that took over what this one followed, because it no longer beats. */
  heir: z.string().max(100).optional(),
});

export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** A hint for a blob that somebody followed. */
export function hintFor({ ref, task }: Listed): Task {
  return { v: TASK_VERSION, id: task, blob: ref, origin: 'tail' };
}

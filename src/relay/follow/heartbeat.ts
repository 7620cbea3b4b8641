/** The heartbeat: the document in which a process lists the blobs that it follows. */
import { z } from 'zod';
import { blobRefSchema, TASK_VERSION, type Task, taskIdSchema } from '../../queue/task.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';

/** The prefix of the documents' names, which is followed by the process's id. */
export const HEARTBEAT_FOLDER = 'followers/';

/** A followed blob, and the id of its task: a hint with that id continues where the follower stopped. */
export interface Listed {
  readonly ref: BlobRef;
  readonly task: string;
}

const listedSchema = z.object({ ref: blobRefSchema, task: taskIdSchema });
const amount = z.number().nonnegative();

/** The schema of a heartbeat. Keys that a later version adds are ignored. */
export const heartbeatSchema = z.lazy(() =>
  z.object({
    v: z.literal(1),
    /** The number of this heartbeat, for a process that does not know whether its last write arrived. */
    beat: z.number().int().nonnegative(),
    /** `hostname:pid`, for people. */
    host: z.string().max(300),
    /** When it was written, ms since the epoch, for people. */
    at: z.number().int().nonnegative(),
    cores: amount,
    /** How many blobs the process follows at most. */
    capacity: z.number().int().nonnegative(),
    /** The estimated load, in CPU milliseconds per second. */
    load: amount,
    follows: z.array(listedSchema),
    /** Blobs that the process gives away: their hints are on the queue, or about to be sent. */
    leaving: z.array(listedSchema),
    /** The process that took over this process's blobs, because this one counted as dead. */
    heir: z.string().max(100).optional(),
  }),
);

/** A heartbeat of a later version, which this one cannot read: only a process of that version knows whether it is dead. */
export const laterSchema = z.looseObject({ v: z.number().min(2) });

export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** The hint for a blob that a process followed: the task that continues with it. */
export function hintFor({ ref, task }: Listed): Task {
  return { v: TASK_VERSION, id: task, blob: ref, origin: 'tail' };
}

/** The task: the message that says to look at a blob. */
import { z } from 'zod';

/** Version of the task's JSON. A consumer that meets a newer one leaves it for a newer consumer. */
export const TASK_VERSION = 1;

export const taskSchema = z.strictObject({
  v: z.literal(TASK_VERSION),
  /** Names the task: a blob's checkpoint remembers which task is its live one. */
  id: z.string().min(1).max(64),
  blob: z.strictObject({
    account: z.string().min(1).max(253),
    container: z.string().min(1).max(63),
    name: z.string().min(1).max(1024),
  }),
  /** Present: the task reads for this destination alone, which has fallen behind or is replayed. */
  destination: z.string().min(1).max(128).optional(),
  /** Who made the task, for logs. */
  origin: z.enum(['notification', 'tail', 'sweep', 'backfill', 'behind']),
});

/** "Look at this blob." */
export type Task = z.infer<typeof taskSchema>;

/** The task: the message that says to look at a blob. */
import { z } from 'zod';
import { type CursorRef, cursorNamed, storedName } from '../shared/cursor-ref.ts';

/** Version of the task's JSON. A consumer that meets a newer one leaves it for a newer consumer. */
export const TASK_VERSION = 1;

const messageSchema = z.strictObject({
  v: z.literal(TASK_VERSION),
  /** Names the task: a blob's checkpoint remembers which task is its live one. */
  id: z.string().min(1).max(64),
  blob: z.strictObject({
    account: z.string().min(1).max(253),
    container: z.string().min(1).max(63),
    name: z.string().min(1).max(1024),
  }),
  /** The {@link storedName} of {@link Task.cursor}. */
  destination: z.string().min(1).max(128).optional(),
  /** Who made the task, for logs. */
  origin: z.enum(['notification', 'tail', 'sweep', 'backfill', 'behind']),
});

type TaskMessage = z.infer<typeof messageSchema>;

/** "Look at this blob." */
export interface Task extends Omit<TaskMessage, 'destination'> {
  /** Present: the task reads for this cursor alone: its destination has fallen behind, or it is a replay. */
  readonly cursor?: CursorRef;
}

/** Reads the JSON of a task. */
export const taskSchema = messageSchema.transform(
  ({ destination, ...task }): Task =>
    destination === undefined ? task : { ...task, cursor: cursorNamed(destination) },
);

/** The body of a task's message. */
export function encodeTask({ cursor, ...task }: Task): string {
  const message: TaskMessage = { ...task, ...(cursor && { destination: storedName(cursor) }) };
  return JSON.stringify(message);
}

/** The task: the queue message that asks for a visit to a blob. */
import { z } from 'zod';
import { type CursorRef, cursorNamed, storedName } from '../shared/cursor-ref.ts';

/** The version of the task's JSON. A consumer leaves a task of a newer version to a newer consumer. */
export const TASK_VERSION = 1;

/** The task's id. The checkpoint of a blob stores the id of the blob's live task. */
export const taskIdSchema = z.string().min(1).max(64);

export const blobRefSchema = z.lazy(() =>
  z.strictObject({
    account: z.string().min(1).max(253),
    container: z.string().min(1).max(63),
    name: z.string().min(1).max(1024),
  }),
);

const messageSchema = z.lazy(() =>
  z.strictObject({
    v: z.literal(TASK_VERSION),
    id: taskIdSchema,
    blob: blobRefSchema,
    /** The {@link storedName} of {@link Task.cursor}. */
    destination: z.string().min(1).max(128).optional(),
    /** What created the task, for logs. */
    origin: z.enum(['notification', 'tail', 'sweep', 'backfill', 'behind']),
    /** A W3C `traceparent`: the sampled trace that goes on with this task. Present only where telemetry is exported. */
    trace: z.string().max(64).optional(),
  }),
);

type TaskMessage = z.infer<typeof messageSchema>;

/** Asks for a visit to a blob. */
export interface Task extends Omit<TaskMessage, 'destination'> {
  /** If present, the visit reads only for this cursor, because its destination is behind or because it is a replay. */
  readonly cursor?: CursorRef;
}

/** Parses the JSON of a task. */
export const taskSchema = messageSchema.transform(
  ({ destination, ...task }): Task =>
    destination === undefined ? task : { ...task, cursor: cursorNamed(destination) },
);

/** The body of a task's message. */
export function encodeTask({ cursor, ...task }: Task): string {
  const message: TaskMessage = { ...task, ...(cursor && { destination: storedName(cursor) }) };
  return JSON.stringify(message);
}

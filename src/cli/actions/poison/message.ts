/** Reads a message of the poison queue: what it is, and what it names. */
import { taskFromMessage } from '../../../event-grid/tasks.ts';
import { readPoison } from '../../../queue/poison.ts';
import { encodeTask, type Task } from '../../../queue/task.ts';
import type { SourcePorts } from '../../../relay/source/sources.ts';
import { blobPath } from '../../../shared/blob-ref.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { visible } from '../../text.ts';

export interface PoisonEntry {
  /** The id in the poison queue. */
  readonly id: string;
  /** Why it is there; undefined if another program put it there. */
  readonly reason: string | undefined;
  /** When the original message was first put on the queue, ISO 8601. */
  readonly insertedOn: string | undefined;
  /** How often the original message was received. */
  readonly dequeueCount: number | undefined;
  /** The text of the original message. */
  readonly body: string;
  readonly truncated: boolean;
  /** The tasks that a consumer would make of it. */
  readonly tasks: readonly Task[];
  /** Why a consumer can do nothing with it; undefined if it can. */
  readonly useless: string | undefined;
}

/** Interprets the message as a consumer of these sources would. */
export function poisonEntry(
  { id, body: text }: { readonly id: string; readonly body: string },
  sources: readonly SourcePorts[],
): PoisonEntry {
  const story = readPoison(text);
  const body = story?.body ?? text;
  const truncated = story?.truncated === true;
  const entry = {
    id,
    reason: story?.reason,
    insertedOn: story?.insertedOn,
    dequeueCount: story?.dequeueCount,
    body,
    truncated,
  };
  if (truncated) return { ...entry, tasks: [], useless: 'it was cut when it was stored' };
  try {
    const accounts = sources.map(({ account }) => account);
    const { tasks, ignored } = taskFromMessage(body, accounts, story?.id);
    if (tasks.length > 0) return { ...entry, tasks, useless: undefined };
    const why = [...ignored.keys()].join(', ') || 'it names no blob';
    return { ...entry, tasks, useless: `a consumer would ignore it: ${why}` };
  } catch (error) {
    return { ...entry, tasks: [], useless: messageOf(error).replace(/\.$/, '') };
  }
}

/** What is put on the queue for it: one task keeps its id, so that it is the same task for the checkpoint of its blob. */
export function requeuedBody({ body, tasks }: PoisonEntry): string {
  const [only, another] = tasks;
  return only && !another ? encodeTask(only) : body;
}

/** What it names, for a person. */
export function blobsOf({ tasks, useless }: PoisonEntry): string {
  const names = tasks.map(({ blob }) => blobPath(blob)).join(', ');
  return names === '' ? `(${useless ?? 'nothing'})` : names;
}

/** Throws `no_poison_message` for the first of the ids that was not found. */
export function checkFound(ids: readonly string[], found: ReadonlySet<string>): void {
  const missing = ids.find((id) => !found.has(id));
  if (missing === undefined) return;
  throw new RelayError('no_poison_message', `the poison queue has no message ${visible(missing)}`);
}

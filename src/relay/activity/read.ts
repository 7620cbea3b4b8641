/** Reads what all processes of the relay did in the last hours. */
import { type StateDocuments, UnreadableDocumentError } from '../../checkpoints/documents.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import type { Clock } from '../../shared/clock.ts';
import { DAY_MS } from '../../shared/duration.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Activity } from './activity.ts';
import { ACTIVITY_FOLDER, type ActivityDocument, activitySchema, laterSchema } from './document.ts';
import { ActivitySum } from './merge.ts';

/** The documents that are read. */
export const MOST_PROCESSES = 100;
/** The documents that are listed: two requests. */
const MOST_LISTED = 10_000;
/** Documents that come at the same time are parsed one after the other, without rows in between. */
const AT_ONCE = 4;
/** The old documents that are removed by one call. */
const MOST_REMOVED = 20;
/** The documents that are read to find old ones: those of long-lived processes have an early start and are not old. */
const MOST_LOOKED_AT = 40;

/**
 * The activity of all processes: their documents are listed and read, and those that are older than a day are removed, a few a call. Throws
 * CheckpointError where the state does not answer, and the signal's reason.
 *
 * @param clock the clock that all processes agree on: of the ports, not the machine's.
 */
export async function readActivity(
  documents: StateDocuments,
  clock: Pick<Clock, 'now'>,
  signal: AbortSignal,
): Promise<Activity> {
  const names = await listed(documents, signal);
  // Names sort by the start: where there are too many, the processes that were started last are read.
  const wanted = names.slice(-MOST_PROCESSES);
  const now = clock.now();
  const sum = new ActivitySum(now);
  const old: Old[] = [];
  let unreadable = 0;
  await inParallel(
    wanted,
    AT_ONCE,
    async (name) => {
      const one = await readOne(documents, name, signal);
      if (one === undefined) return;
      const { document, etag, writtenOn } = one;
      if (writtenOn < now - DAY_MS) old.push({ name, etag });
      else if (document) sum.add(name.slice(ACTIVITY_FOLDER.length), document);
      else unreadable += 1;
    },
    signal,
  );
  await inParallel(old.slice(0, MOST_REMOVED), AT_ONCE, (one) => remove(documents, one), signal);
  return sum.activity({ unreadable, unread: names.length - wanted.length });
}

/**
 * Removes documents that are older than a day, at most `most`, for processes that run while nobody looks at the console. Throws
 * CheckpointError, and the signal's reason.
 */
export async function removeOldActivity(
  documents: StateDocuments,
  clock: Pick<Clock, 'now'>,
  signal: AbortSignal,
  most = MOST_REMOVED,
): Promise<void> {
  const before = clock.now() - DAY_MS;
  const candidates = (await listed(documents, signal)).filter((name) => startIn(name) < before);
  let removed = 0;
  for (const name of candidates.slice(0, Math.min(MOST_LOOKED_AT, 2 * most))) {
    if (removed === most) return;
    const one = await readOne(documents, name, signal);
    if (!one || one.writtenOn >= before) continue;
    await remove(documents, { name, etag: one.etag });
    removed += 1;
  }
}

async function listed(documents: StateDocuments, signal: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of documents.list(ACTIVITY_FOLDER, signal)) {
    names.push(name);
    if (names.length === MOST_LISTED) break;
  }
  return names;
}

interface Old {
  readonly name: string;
  readonly etag: string;
}

interface Read {
  readonly etag: string;
  /** When it was written, ms since the epoch; of what is no document of activity, when its process started; infinite where it is unknown. */
  readonly writtenOn: number;
  /** Absent where it cannot be read. */
  readonly document?: ActivityDocument;
}

/** Undefined where it is gone. */
async function readOne(
  documents: StateDocuments,
  name: string,
  signal: AbortSignal,
): Promise<Read | undefined> {
  try {
    const stored = await documents.get(name, signal);
    if (!stored) return undefined;
    const { etag, value } = stored;
    const parsed = activitySchema.safeParse(value);
    if (parsed.success) return { etag, writtenOn: parsed.data.writtenOn, document: parsed.data };
    const later = laterSchema.safeParse(value).data;
    return { etag, writtenOn: later ? (later.writtenOn ?? Number.POSITIVE_INFINITY) : startIn(name) };
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return { etag: error.etag, writtenOn: startIn(name) };
  }
}

/** When the process of a document started, by its name, ms since the epoch; a living process has replaced a damaged document long before a day is over. */
function startIn(name: string): number {
  const start = name.slice(ACTIVITY_FOLDER.length).split('-', 1)[0] ?? '';
  return /^[0-9a-z]{8,10}$/.test(start) ? Number.parseInt(start, 36) : 0;
}

/** Removes a document unless its process has written it again meanwhile. What cannot be removed now is removed by a later call. */
async function remove(documents: StateDocuments, { name, etag }: Old): Promise<void> {
  try {
    await documents.remove(name, etag);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
  }
}

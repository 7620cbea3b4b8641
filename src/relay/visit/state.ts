/**
 * Decides what a visit does before it reads: from the states of the blob and of its cursors to a plan.
 *
 * These functions are pure; see ARCHITECTURE.md beside this file.
 */

import type { Ahead, BlobStat } from '../../blobs/port.ts';
import {
  type Checkpoint,
  type Cursor,
  etagSchema,
  type Hold,
  type ReplayCursor,
} from '../../checkpoints/checkpoint.ts';
import { cursorAt, cursorsOf } from '../../checkpoints/cursors.ts';
import type { Task } from '../../queue/task.ts';
import type { CursorRef } from '../../shared/cursor-ref.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import type { RelaySettings } from '../source/deps.ts';
import { hasOtherTask, isLost, OVERDUE_MS, type PlannedTask, planTask, shortId } from './follow-up.ts';
import { lasting } from './hold.ts';
import type { Change } from './progress.ts';
import { freshCheckpoint, grownOn, hasUnread, isSameBlob } from './reading.ts';
import { mayClose } from './schedule.ts';

/** The state of an existing blob, from its checkpoint and its properties. */
export type BlobState =
  /** The blob is new, or has grown since the last check. */
  | { readonly kind: 'open' }
  /** The blob has not grown, but may still grow. */
  | { readonly kind: 'quiet' }
  /** The blob counts as finished, and has not grown since. */
  | { readonly kind: 'closed' }
  /** The blob counted as finished, but has grown. */
  | { readonly kind: 'reopened' }
  /** The blob could not be read, and no consumer tries it before `hold.until`. */
  | { readonly kind: 'held'; readonly hold: Hold };

/** The state of one cursor. */
export type CursorState =
  /** The cursor reads in the blob's common visits, with all cursors that keep pace. */
  | { readonly kind: 'withOthers'; readonly offset: number }
  /** The cursor reads alone, in its own tasks, until it has caught up. */
  | { readonly kind: 'behind'; readonly offset: number; readonly behind: Behind }
  /** The cursor of a replay reads alone from the beginning up to `to`, in addition to the destination's ordinary cursor, and is then removed. */
  | {
      readonly kind: 'replaying';
      readonly offset: number;
      readonly to: number;
      readonly behind: Behind;
    }
  /** The cursor is behind because its own rows were not accepted: rows that fail alone while the destination accepts others are isolated. */
  | { readonly kind: 'isolating'; readonly offset: number; readonly behind: Behind }
  /** The cursor's destination is out of service, or the table of this blob is held for it: nothing is sent before `until`. */
  | { readonly kind: 'held'; readonly offset: number; readonly until: number };

type Behind = NonNullable<Cursor['behind']>;

/** What this process knows about a destination, without a request. */
export interface DestinationEvidence {
  /** Present if the breaker is open: the time before which nothing is sent, ms since the epoch. */
  readonly openUntil?: number | undefined;
  /** Present if the table of this blob is held: the end of the hold, ms since the epoch. */
  readonly tableHeldUntil?: number | undefined;
}

/** What a decision depends on besides the blob and its checkpoint. */
export interface Evidence {
  readonly task: Task;
  /** The destinations by name, in the order of relay.yaml. */
  readonly destinations: ReadonlyMap<string, DestinationEvidence>;
  readonly settings: Pick<RelaySettings, 'latenessMs' | 'pollMinMs' | 'pollMaxMs'>;
  /** An unused id for a new task. */
  readonly freshId: string;
  /** The process follows the blob: the task that goes on is kept in memory under the same id, and none is put on the queue. */
  readonly isFollowed?: boolean;
  /** The follower's last visit came to its end: what the checkpoint names is on the queue. */
  readonly isAllSent?: boolean;
}

/** The result of requesting the blob's properties. */
export type Look =
  /** `ahead`: bytes that came with the properties. */
  | { readonly kind: 'found'; readonly stat: BlobStat; readonly ahead?: Ahead }
  | { readonly kind: 'gone' }
  /** Even the properties cannot be read although the service responds; with the code of the BlobError. */
  | { readonly kind: 'unreadable'; readonly code: ErrorCode };

/** A cursor that reads in this visit. */
export interface Reader {
  readonly offset: number;
  /** The number of consecutive visits that ended because this cursor's own rows were not accepted. */
  readonly attempts: number;
  /** Whether the destination has accepted rows since this cursor's rows last failed. */
  readonly isProvenAlive: boolean;
  /** Rows that begin before this logical offset have each failed alone in an earlier visit. */
  readonly scanned?: number | undefined;
  /** The fingerprint of the content before the cursor, as it was read. */
  readonly print?: Cursor['print'];
  /**
   * Present if nothing may be sent for this cursor before this time, ms since the epoch, and this visit does not probe. The cursor then
   * reads with the others, up to its first row; without a row, it keeps pace.
   */
  readonly waitsUntil?: number | undefined;
}

/** The plan of a visit that ends without reading. */
export interface EndPlan {
  readonly kind: 'end';
  readonly result: 'gone' | 'superseded' | 'done';
  readonly sends: readonly PlannedTask[];
}

/** What the plans of both kinds of visits have in common. */
interface CommonPlan {
  readonly evidence: Evidence;
  /** The initial checkpoint: the stored one with what was just seen, or a new one for another blob of this name. */
  readonly base: Checkpoint;
  /** Tasks that the checkpoint names but that may never have reached the queue. They are sent first; a duplicate does no harm. */
  readonly resends: readonly PlannedTask[];
  /** The cursors that read, by destination. Empty if there is nothing to read now. */
  readonly readers: ReadonlyMap<string, Reader>;
  /** The blob's properties, with the length cut to the part to read; undefined if the properties cannot be read. */
  readonly stat: BlobStat | undefined;
  /** Whether the bytes after the last line end are a row too. */
  readonly final: boolean;
  /** The format of the blob, if it was read before. */
  readonly format: Checkpoint['format'] | undefined;
  /** Present if the blob need not be tried, because it cannot be read: the code of the BlobError. */
  readonly unreadable?: ErrorCode | undefined;
  /** Present if the blob is held: the time before which nothing is read, ms since the epoch. */
  readonly heldUntil?: number | undefined;
  /** The change that records the seen length, which each write includes. */
  readonly seen: Change;
}

/** The plan of a common visit, for all destinations that keep pace. */
export interface SharedPlan extends CommonPlan {
  readonly kind: 'shared';
  /** Whether another blob, or other content, has the name now, so that the stored checkpoint does not apply. */
  readonly isReplaced: boolean;
  /** The time of the look by the service's clock, ms since the epoch. */
  readonly asOf: number;
  /** Present if the blob was written to but has the same length: the fingerprint to compare first. */
  readonly compares?: NonNullable<Cursor['print']> | undefined;
  /** Whether another task is responsible for the blob, which has grown or changed meanwhile. */
  readonly hasOther: boolean;
  /** The destinations whose cursors continue alone and do not read in this visit, with the times of their tasks, ms since the epoch. */
  readonly waits: ReadonlyMap<string, number>;
}

/** The plan of a visit for one cursor that reads alone. The breaker and the table's hold are checked before anything is sent. */
export interface OwnPlan extends CommonPlan {
  readonly kind: 'own';
  readonly ref: CursorRef;
  readonly cursor: Cursor & { readonly behind: Behind };
  /** Present if the table is held: the time before which permission to send need not be asked, ms since the epoch. */
  readonly tableHeldUntil?: number | undefined;
}

export type Plan = EndPlan | SharedPlan | OwnPlan;

const unchanged: Change = (checkpoint) => checkpoint;

/** The state of a blob. @param known its checkpoint; undefined if nothing is known. @param now ms since the epoch. */
export function blobState(known: Checkpoint | undefined, stat: BlobStat, now: number): BlobState {
  const hold = lasting(known?.hold, now);
  if (hold) return { kind: 'held', hold };
  if (!known) return { kind: 'open' };
  if (stat.length > known.length) return { kind: known.closed ? 'reopened' : 'open' };
  return { kind: known.closed ? 'closed' : 'quiet' };
}

export function cursorState(
  cursor: Cursor | ReplayCursor,
  { openUntil, tableHeldUntil }: DestinationEvidence,
): CursorState {
  const { offset, behind } = cursor;
  const until = Math.max(openUntil ?? 0, tableHeldUntil ?? 0);
  if (until > 0) return { kind: 'held', offset, until };
  if (!behind) return { kind: 'withOthers', offset };
  if ('to' in cursor) return { kind: 'replaying', offset, to: cursor.to, behind };
  if (behind.attempts > 0 || behind.scanned !== undefined) return { kind: 'isolating', offset, behind };
  return { kind: 'behind', offset, behind };
}

/**
 * Decides what a visit does, from the stored checkpoint, the blob's properties, and what is known about the destinations. Pure: the same
 * arguments give the same plan.
 *
 * @param stored undefined if there is no checkpoint. @param now ms since the epoch, by this process's clock.
 */
export function decide(stored: Checkpoint | undefined, look: Look, evidence: Evidence, now: number): Plan {
  if (look.kind === 'gone') return { kind: 'end', result: 'gone', sends: [] };
  const { cursor } = evidence.task;
  return cursor
    ? decideOwn({ stored, ref: cursor }, look, evidence, now)
    : decideShared(stored, look, evidence, now);
}

type Exists = Exclude<Look, { readonly kind: 'gone' }>;

function decideShared(
  stored: Checkpoint | undefined,
  look: Exists,
  evidence: Evidence,
  now: number,
): EndPlan | SharedPlan {
  const { task, settings } = evidence;
  const stat = look.kind === 'found' ? look.stat : undefined;
  const known = stored && (!stat || isSameBlob(stored, stat)) ? stored : undefined;
  // The storage service's clock decides how old the blob is: a wrong local clock would close it early, and take a half-written row for the last one.
  const asOf = stat?.asOf ?? now;
  const seen = stat ? see(stat, asOf) : unchanged;
  const base = seen(known ?? begun(stored, stat ?? UNKNOWN, asOf));
  const hold = lasting(known?.hold, now);
  const state: BlobState = stat
    ? blobState(known, stat, now)
    : hold
      ? { kind: 'held', hold }
      : { kind: 'quiet' };
  const isTouched = stat !== undefined && known !== undefined && isWrittenTo(known, stat);
  const hasOther = hasOtherTask(base.next, task.id, now);
  const resends = known ? resendsOf(evidence, known, now) : [];

  const hasChanged = isTouched || state.kind === 'open' || state.kind === 'reopened';
  if (hasOther && !hasChanged) return { kind: 'end', result: 'superseded', sends: resends };
  const hasLostTask = lostCursors(base, evidence.destinations, now).length > 0;
  if (base.closed && !hasChanged && !hasLostTask) {
    return { kind: 'end', result: 'done', sends: resends };
  }

  const final =
    stat !== undefined &&
    mayClose({ name: task.blob.name, type: stat.type, grownOn: base.grownOn }, asOf, settings.latenessMs);
  const { readers, waits } = whoReads(base, evidence, final);
  const common = { kind: 'shared', evidence, base, resends, stat, seen, asOf, hasOther } as const;
  // A checkpoint that was written while the properties could not be read does not identify a blob, so nothing was replaced.
  const isReplaced = stored !== undefined && !known && stored.createdOn !== UNKNOWN.createdOn;
  const plan = { ...common, isReplaced, final, format: known?.format };
  if (state.kind === 'held') {
    return { ...plan, readers: new Map(), waits: new Map(), heldUntil: state.hold.until };
  }
  if (look.kind === 'unreadable') {
    return { ...plan, readers: new Map(), waits: new Map(), unreadable: look.code };
  }
  if (look.stat.isArchived && readers.size > 0) {
    return { ...plan, readers: new Map(), waits: new Map(), unreadable: 'blob_archived' };
  }
  return { ...plan, readers, waits, compares: isTouched ? furthestPrint(known) : undefined };
}

function decideOwn(
  { stored, ref }: { readonly stored: Checkpoint | undefined; readonly ref: CursorRef },
  look: Exists,
  evidence: Evidence,
  now: number,
): EndPlan | OwnPlan {
  const { task, freshId } = evidence;
  const cursor = stored && cursorAt(stored, ref);
  const of = evidence.destinations.get(ref.destination);
  if (!of || !stored || !cursor?.behind || hasOtherTask(cursor.behind, task.id, now)) {
    return { kind: 'end', result: 'superseded', sends: [] };
  }
  const stat = look.kind === 'found' ? look.stat : undefined;
  if (stat && !isSameBlob(stored, stat)) {
    // If the notification of the new blob was lost, no task reads it yet.
    const sends = [planTask(now, { id: freshId, blob: task.blob, origin: 'behind', due: now })];
    return { kind: 'end', result: 'superseded', sends };
  }
  const { behind, offset } = cursor;
  const reach = stat && extent(stored, cursor, stat);
  const plan: OwnPlan = {
    kind: 'own',
    evidence,
    ref,
    cursor: { ...cursor, behind },
    base: stored,
    resends: [],
    readers: new Map(),
    stat: reach?.stat,
    final: reach?.final ?? false,
    format: stored.format,
    seen: unchanged,
  };
  const hold = lasting(stored.hold, now);
  if (hold) return { ...plan, heldUntil: hold.until };
  if (look.kind === 'unreadable') return { ...plan, unreadable: look.code };
  if (look.stat.isArchived) return { ...plan, unreadable: 'blob_archived' };
  if (of.tableHeldUntil !== undefined && now < of.tableHeldUntil) {
    return { ...plan, tableHeldUntil: of.tableHeldUntil };
  }
  const reader: Reader = {
    offset,
    attempts: behind.attempts,
    // Each failure without proof of life opened the breaker. It is closed now, so the destination has accepted other rows since.
    isProvenAlive: behind.attempts > 0 && of.openUntil === undefined,
    scanned: behind.scanned,
    print: cursor.print,
  };
  return { ...plan, readers: new Map([[ref.destination, reader]]) };
}

/** The checkpoint of a blob that was not read yet. If `stored` has the same creation time, the content was replaced, which the generation records. */
function begun(
  stored: Checkpoint | undefined,
  stat: Pick<BlobStat, 'createdOn' | 'lastModified'>,
  asOf: number,
): Checkpoint {
  const fresh = freshCheckpoint(stat, asOf);
  if (stored?.createdOn !== stat.createdOn) return fresh;
  // The blob is shorter than before. The new generation invalidates the offsets of visits that are still running.
  return { ...fresh, generation: (stored.generation ?? 0) + 1 };
}

/** The properties of a blob whose properties cannot be read. */
const UNKNOWN = { createdOn: 0, lastModified: 0 };

/** The change that records the seen length and ETag. Growth reopens a closed blob. */
function see(stat: BlobStat, now: number): Change {
  const etag = etagSchema.safeParse(stat.etag).data;
  return (checkpoint) => {
    if (stat.length < checkpoint.length) return checkpoint;
    const { etag: _, ...rest } = checkpoint;
    const seen = { ...rest, ...(etag !== undefined && { etag }) };
    if (stat.length === checkpoint.length) return seen;
    return { ...seen, length: stat.length, grownOn: grownOn(stat, now), closed: false };
  };
}

/** Whether the blob has another ETag but the same length: its content or only its metadata changed. */
function isWrittenTo({ etag, length }: Checkpoint, stat: BlobStat): boolean {
  return etag !== undefined && stat.length === length && etag !== stat.etag;
}

function furthestPrint(checkpoint: Checkpoint): Cursor['print'] {
  const prints = cursorsOf(checkpoint).flatMap(({ cursor }) => cursor.print ?? []);
  return prints.toSorted((a, b) => b.at - a.at)[0];
}

function whoReads(
  checkpoint: Checkpoint,
  { destinations }: Evidence,
  final: boolean,
): Pick<SharedPlan, 'readers' | 'waits'> {
  const readers = new Map<string, Reader>();
  const waits = new Map<string, number>();
  for (const [name, evidence] of destinations) {
    const cursor = checkpoint.destinations[name] ?? { offset: 0 };
    if (cursor.behind || !hasUnread(checkpoint, cursor, final)) continue;
    const state = cursorState(cursor, evidence);
    // A common visit does not even probe: a request that may hang is made by the cursor's own task, for which no other cursor waits.
    const waitsUntil = state.kind === 'held' ? state.until : undefined;
    const { offset, print } = cursor;
    readers.set(name, { offset, attempts: 0, isProvenAlive: false, print, waitsUntil });
  }
  if ([...readers.values()].some(({ waitsUntil }) => waitsUntil === undefined)) return { readers, waits };
  // If all cursors must wait, nothing is read, because it would have to be read again for each of them.
  for (const [name, { waitsUntil = 0 }] of readers) waits.set(name, waitsUntil);
  return { readers: new Map(), waits };
}

/** How far there is to read. In a blob of lines, a replay reads only the rows that the destination passed before. */
function extent(
  { format, closed, length }: Checkpoint,
  cursor: Cursor | ReplayCursor,
  stat: BlobStat,
): { readonly stat: BlobStat; readonly final: boolean } {
  return 'to' in cursor && format === 'lines'
    ? { stat: { ...stat, length: cursor.to }, final: true }
    : { stat, final: closed && stat.length === length };
}

/**
 * The cursors that read alone and whose task is so overdue that it counts as lost. Cursors of destinations that relay.yaml no longer has are
 * left out: they stay where they are.
 *
 * @param known the names of the destinations of relay.yaml.
 */
export function lostCursors(
  checkpoint: Checkpoint,
  known: Pick<ReadonlyMap<string, unknown>, 'has'>,
  now: number,
): readonly CursorRef[] {
  return cursorsOf(checkpoint).flatMap(({ ref, cursor: { behind } }) =>
    behind && isLost(behind, now) && known.has(ref.destination) ? [ref] : [],
  );
}

/** Plans a task for one cursor. Its id shows which task created it; see {@link resendsOf}. */
export function planOwnTask(
  { task, destinations, isFollowed, freshId }: Evidence,
  cursor: CursorRef,
  due: number,
  now: number,
): PlannedTask {
  const number = [...destinations.keys()].indexOf(cursor.destination);
  // A follower's task keeps its id, and two tasks of one cursor must not have the same.
  const id = `${task.id}.${number}${isFollowed ? `-${freshId.slice(0, 8)}` : ''}`;
  return planTask(now, { id: shortId(id), blob: task.blob, origin: 'behind', due, cursor });
}

/**
 * The tasks to send again when a task comes back. Its visit did not end, so the tasks that the checkpoint names may never have reached the
 * queue, and no sweep finds a blob without an hour in its path.
 */
export function resendsOf(
  { task, isAllSent }: { readonly task: Pick<Task, 'id' | 'blob'>; readonly isAllSent?: boolean },
  checkpoint: Checkpoint,
  now: number,
): readonly PlannedTask[] {
  if (isAllSent) return [];
  // A consumer whose clock was ahead may have set the due time a day too late. A task that comes too early only waits again.
  const soon = (due: number) => (due > now + OVERDUE_MS ? now : due);
  return cursorsOf(checkpoint).flatMap(({ ref, cursor: { behind } }) => {
    if (!behind?.task.startsWith(`${task.id}.`)) return [];
    const { task: id, due } = behind;
    return [planTask(now, { id, blob: task.blob, origin: 'behind', due: soon(due), cursor: ref })];
  });
}

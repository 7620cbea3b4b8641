/**
 * What a visit decides before it reads: the states of a blob and of its cursors, and the plan that follows from them.
 *
 * Nothing here waits, reads or writes: see ARCHITECTURE.md beside this file.
 */

import type { BlobStat } from '../../blobs/port.ts';
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

/** The state of a blob that exists, from its checkpoint and one look at it. */
export type BlobState =
  /** New, or longer than when it was last looked at. */
  | { readonly kind: 'open' }
  /** As long as before; more may come. */
  | { readonly kind: 'quiet' }
  /** Considered finished, and as long as it was then. */
  | { readonly kind: 'closed' }
  /** It was considered finished and grew anyway. */
  | { readonly kind: 'reopened' }
  /** It could not be read, and no consumer tries before `hold.until`. */
  | { readonly kind: 'held'; readonly hold: Hold };

/** The state of one cursor. */
export type CursorState =
  /** Reads in the blob's own visits, with all others that keep pace. */
  | { readonly kind: 'withOthers'; readonly offset: number }
  /** Reads alone, in its own tasks, until it has caught up. */
  | { readonly kind: 'behind'; readonly offset: number; readonly behind: Behind }
  /** Reads alone from the beginning up to `to`, in addition to the destination's ordinary cursor; then it is removed. */
  | {
      readonly kind: 'replaying';
      readonly offset: number;
      readonly to: number;
      readonly behind: Behind;
    }
  /** Behind, and its own rows were not accepted: rows that fail alone while the destination accepts others are isolated. */
  | { readonly kind: 'isolating'; readonly offset: number; readonly behind: Behind }
  /** Its destination is out of service, or holds the table of this blob: nothing is sent before `until`. */
  | { readonly kind: 'held'; readonly offset: number; readonly until: number };

type Behind = NonNullable<Cursor['behind']>;

/** What this process knows about a destination now, without a request to it. */
export interface DestinationEvidence {
  /** Its breaker is open: nothing is sent before then, ms since the epoch. */
  readonly openUntil?: number | undefined;
  /** It holds the table of this blob until then, ms since the epoch. */
  readonly tableHeldUntil?: number | undefined;
}

/** What a decision depends on, apart from the blob and its checkpoint. */
export interface Evidence {
  readonly task: Task;
  /** By name, in the order of relay.yaml. */
  readonly destinations: ReadonlyMap<string, DestinationEvidence>;
  readonly settings: Pick<RelaySettings, 'latenessMs' | 'pollMinMs' | 'pollMaxMs'>;
  /** A task id that nobody used before. */
  readonly freshId: string;
  /** The process follows the blob: the task that goes on is kept in memory under the same id, and none is put on the queue. */
  readonly isFollowed?: boolean;
  /** The follower's last visit came to its end: what the checkpoint names is on the queue. */
  readonly isAllSent?: boolean;
}

/** What the storage service said when it was asked about the blob. */
export type Look =
  | { readonly kind: 'found'; readonly stat: BlobStat }
  | { readonly kind: 'gone' }
  /** Not even its properties can be read, though the service answers: the code of the BlobError. */
  | { readonly kind: 'unreadable'; readonly code: ErrorCode };

/** One cursor that reads in this visit. */
export interface Reader {
  readonly offset: number;
  /** Visits in a row that ended because this cursor's own rows were not accepted. */
  readonly attempts: number;
  /** The destination accepted rows since this cursor's rows failed last. */
  readonly isProvenAlive: boolean;
  /** Rows that begin before this logical offset have each failed alone in an earlier visit. */
  readonly scanned?: number | undefined;
  /** Of the content before it, as it was read. */
  readonly print?: Cursor['print'];
  /**
   * Nothing may be sent before then, ms since the epoch, and nobody tries in this visit: it reads beside the others, up to its first
   * row. One without a row keeps pace.
   */
  readonly waitsUntil?: number | undefined;
}

/** The visit is over before it began. */
export interface EndPlan {
  readonly kind: 'end';
  readonly result: 'gone' | 'superseded' | 'done';
  readonly sends: readonly PlannedTask[];
}

/** What both kinds of visits have in common. */
interface CommonPlan {
  readonly evidence: Evidence;
  /** To begin with: as stored, with what was just seen; a fresh one for another blob under this name. */
  readonly base: Checkpoint;
  /** Tasks that the checkpoint names and that may never have got onto the queue: sent first, twice does no harm. */
  readonly resends: readonly PlannedTask[];
  /** By destination. Empty: there is nothing to read, or not now. */
  readonly readers: ReadonlyMap<string, Reader>;
  /** The blob, cut to what is to be read of it; undefined where its properties cannot be read. */
  readonly stat: BlobStat | undefined;
  /** What lies behind the last line end is a row too. */
  readonly final: boolean;
  /** Known where the blob was read before. */
  readonly format: Checkpoint['format'] | undefined;
  /** Nobody need try: why the blob cannot be read, as a BlobError's code. */
  readonly unreadable?: ErrorCode | undefined;
  /** The blob is held: nothing is read before then, ms since the epoch. */
  readonly heldUntil?: number | undefined;
  /** Goes into each write: the length that was seen. */
  readonly seen: Change;
}

/** A visit for all destinations that keep pace. */
export interface SharedPlan extends CommonPlan {
  readonly kind: 'shared';
  /** Another blob, or other content, is under the name: what was known is void. */
  readonly isReplaced: boolean;
  /** By the service's clock, ms since the epoch. */
  readonly asOf: number;
  /** The blob was written to and is as long as before: to be compared before anything else. */
  readonly compares?: NonNullable<Cursor['print']> | undefined;
  /** Another task is responsible for the blob, which has grown or changed meanwhile. */
  readonly hasOther: boolean;
  /** Destinations whose cursors continue alone and are not read here, and when, ms since the epoch. */
  readonly waits: ReadonlyMap<string, number>;
}

/** A visit for one cursor that reads alone. Its breaker and its table's hold are checked before anything is sent. */
export interface OwnPlan extends CommonPlan {
  readonly kind: 'own';
  readonly ref: CursorRef;
  readonly cursor: Cursor & { readonly behind: Behind };
  /** Its destination holds the table: nobody need be asked before then, ms since the epoch. */
  readonly tableHeldUntil?: number | undefined;
}

export type Plan = EndPlan | SharedPlan | OwnPlan;

const unchanged: Change = (checkpoint) => checkpoint;

/** @param known of this very blob; undefined where nothing is known. @param now ms since the epoch. */
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
 * What a visit does, given what is stored, what the service says of the blob, and what is known of the destinations. Pure: the same
 * arguments give the same plan.
 *
 * @param stored undefined where there is no checkpoint. @param now ms since the epoch, by our clock.
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
  // A checkpoint of a blob whose properties could not be read is of no blob in particular.
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
    // The new blob has no reader yet where its notification was lost.
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

/** What is known of a blob that nobody has read: only that it is other content than `stored`, where that was of this creation time. */
function begun(
  stored: Checkpoint | undefined,
  stat: Pick<BlobStat, 'createdOn' | 'lastModified'>,
  asOf: number,
): Checkpoint {
  const fresh = freshCheckpoint(stat, asOf);
  if (stored?.createdOn !== stat.createdOn) return fresh;
  // Shorter than before: offsets of visits that still go on are void with the generation.
  return { ...fresh, generation: (stored.generation ?? 0) + 1 };
}

/** Nothing is known of a blob whose properties cannot be read. */
const UNKNOWN = { createdOn: 0, lastModified: 0 };

/** Notes the length and the ETag that were seen; growth reopens a closed blob. */
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

/** It has another ETag and the same length: other content, or only other metadata. */
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
    // Not even to try whether it is back: what may hang is tried by a destination's own task, where nobody else waits.
    const waitsUntil = state.kind === 'held' ? state.until : undefined;
    const { offset, print } = cursor;
    readers.set(name, { offset, attempts: 0, isProvenAlive: false, print, waitsUntil });
  }
  if ([...readers.values()].some(({ waitsUntil }) => waitsUntil === undefined)) return { readers, waits };
  // For them alone nothing is read: it would be read again for each that has to wait.
  for (const [name, { waitsUntil = 0 }] of readers) waits.set(name, waitsUntil);
  return { readers: new Map(), waits };
}

/** How far there is to read. Of lines a replay reads only those that were rows to the destination before. */
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
 * The cursors that read by themselves and whose task has not come for too long. Cursors of destinations that relay.yaml no longer has
 * stay where they are, and nobody waits for them.
 *
 * @param known by name.
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

/** A task for one cursor. Its id tells which task made it: see {@link resendsOf}. */
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
 * A task that comes back did not come to its end: what its checkpoint already names may never have got onto the queue, and a
 * blob without an hour in its path is found by no sweep.
 */
function resendsOf(
  { task, isAllSent }: Evidence,
  checkpoint: Checkpoint,
  now: number,
): readonly PlannedTask[] {
  if (isAllSent) return [];
  // A clock that was ahead may have set the due date a day too late. A task that comes too early only waits once more.
  const soon = (due: number) => (due > now + OVERDUE_MS ? now : due);
  return cursorsOf(checkpoint).flatMap(({ ref, cursor: { behind } }) => {
    if (!behind?.task.startsWith(`${task.id}.`)) return [];
    const { task: id, due } = behind;
    return [planTask(now, { id, blob: task.blob, origin: 'behind', due: soon(due), cursor: ref })];
  });
}

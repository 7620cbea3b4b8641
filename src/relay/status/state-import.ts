/** Merges an exported state into the existing state. Without `force`, no offset moves back. */

import type { Checkpoint, Cursor } from '../../checkpoints/checkpoint.ts';
import { changeCursor, changeCursors, cursorAt, cursorsOf } from '../../checkpoints/cursors.ts';
import { sharedCheckpoint } from '../../checkpoints/shared-checkpoint.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { StateDeps } from './state-export.ts';
import type { CheckpointLine, DocumentLine } from './state-lines.ts';

export interface ImportOptions {
  /** Whether the file wins: offsets may move back, so that rows are sent again. */
  readonly force: boolean;
  /** Whether to only determine what would be written. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/**
 * The result for a line. `kept`: the existing state is the same or further. `other_blob`: the existing checkpoint is for a blob with
 * another creation time. `busy`: other consumers kept writing.
 */
export type ImportOutcome = 'written' | 'kept' | 'other_blob' | 'busy';

const TRIES = 10;
const PAUSE_MS = 200;

/** Merges a checkpoint into the state. Throws CheckpointError and the signal's reason. */
export async function importCheckpoint(
  { blobs, checkpoints, clock }: StateDeps,
  { container, name, checkpoint }: CheckpointLine,
  { force, dryRun, signal }: ImportOptions,
): Promise<ImportOutcome> {
  const ref = { account: blobs.account, container, name };
  const outcome = await updateDocument<Checkpoint, ImportOutcome>(
    sharedCheckpoint(checkpoints, ref, signal),
    (current) => {
      const merged = mergeCheckpoint(current, checkpoint, force);
      if (typeof merged === 'string') return { keep: merged };
      return dryRun ? { keep: 'written' } : { write: merged, result: 'written' };
    },
    { tries: TRIES, pause: { clock, ms: () => PAUSE_MS, signal } },
  );
  return outcome.kind === 'busy' ? 'busy' : outcome.result;
}

/** Writes a document if it does not exist; with `force`, also over an existing one. Throws CheckpointError and the signal's reason. */
export async function importDocument(
  { documents }: StateDeps,
  { name, value }: DocumentLine,
  { force, dryRun, signal }: ImportOptions,
): Promise<ImportOutcome> {
  // Any existing content counts as a document, even if the relay did not write it.
  const document = sharedDocument(documents, name, (stored) => stored, signal);
  const outcome = await updateDocument<JsonValue, ImportOutcome>(
    document,
    (current) => {
      const isThere = current !== undefined;
      if (isThere && (!force || JSON.stringify(current) === JSON.stringify(value))) return { keep: 'kept' };
      return dryRun ? { keep: 'written' } : { write: value, result: 'written' };
    },
    ONE_TRY,
  );
  return outcome.kind === 'busy' ? 'busy' : outcome.result;
}

/** The checkpoint to store, or why none is stored. */
export function mergeCheckpoint(
  current: Checkpoint | undefined,
  incoming: Checkpoint,
  force: boolean,
): Checkpoint | 'kept' | 'other_blob' {
  if (current && current.createdOn !== incoming.createdOn && !force) return 'other_blob';
  if (!current || current.createdOn !== incoming.createdOn) return withoutTasks(incoming);
  const { destinations, replays } = mergeCursors(current, incoming, force);
  const isBack = cursorsOf(current).some(
    ({ ref, cursor }) => (cursorAt({ destinations, replays }, ref)?.offset ?? 0) < cursor.offset,
  );
  const further = incoming.length > current.length ? incoming : current;
  const { end, length, grownOn, format } = further;
  const { end: _, ...rest } = current;
  const known = end ?? (incoming.length === current.length ? (current.end ?? incoming.end) : undefined);
  const merged: Checkpoint = {
    ...rest,
    length,
    grownOn,
    // Offsets depend on the format, so the format of the existing offsets stays.
    format: Object.keys(current.destinations).length > 0 ? current.format : format,
    closed:
      !isBack && (incoming.length === current.length ? current.closed || incoming.closed : further.closed),
    destinations,
    replays,
    ...(known && { end: known }),
  };
  return JSON.stringify(sorted(merged)) === JSON.stringify(sorted(current)) ? 'kept' : merged;
}

function mergeCursors(current: Checkpoint, incoming: Checkpoint, force: boolean): Checkpoint {
  const brought = changeCursors(incoming, overdue);
  const all: Checkpoint = {
    ...current,
    destinations: { ...brought.destinations, ...current.destinations },
    // Without `force`, replays are not taken over, because a replay that has ended since would begin again.
    replays: force ? { ...brought.replays, ...current.replays } : current.replays,
  };
  return cursorsOf(incoming).reduce((merged, { ref, cursor }) => {
    const own = cursorAt(current, ref);
    return own ? changeCursor(merged, ref, () => mergeCursor(own, cursor, force)) : merged;
  }, all);
}

/** The cursor with the higher offset; with `force`, the incoming one. */
function mergeCursor(current: Cursor, incoming: Cursor, force: boolean): Cursor {
  const { offset, counts } = incoming;
  if (offset < current.offset && !force) return current;
  if (offset === current.offset) return current;
  const { counts: _, ...rest } = current;
  return { ...rest, offset, ...(counts && { counts }) };
}

/** Marks the tasks that a checkpoint names as lost, because they may no longer be on a queue: a sweep, a visit or a backfill then makes new ones. */
function withoutTasks(checkpoint: Checkpoint): Checkpoint {
  const { next: _, ...rest } = checkpoint;
  return changeCursors(rest, overdue);
}

function overdue(cursor: Cursor): Cursor {
  return cursor.behind ? { ...cursor, behind: { ...cursor.behind, due: 0 } } : cursor;
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

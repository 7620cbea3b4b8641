/** Rebuilds checkpoints for blobs that have none, after the state container was lost. */

import type { BlobEntry } from '../../blobs/port.ts';
import { detectFormat } from '../../blobs/rows/read-rows.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import { sharedCheckpoint } from '../../checkpoints/shared-checkpoint.ts';
import { createShared } from '../../checkpoints/update-document.ts';
import { hourOf } from '../../shared/blob-ref.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import { blobsOf, daysIn, type Range } from '../discovery/backfill-days.ts';
import type { RelayDeps } from '../source/deps.ts';
import { freshCheckpoint } from '../visit/reading.ts';
import { mayClose } from '../visit/schedule.ts';
import { countRows } from './count-rows.ts';

export type RebuildDeps = Pick<RelayDeps, 'blobs' | 'checkpoints' | 'clock'>;

export interface RebuildOptions {
  readonly range: Range;
  /** What to assume about the blobs: that everything in them was delivered, or that nothing was read. */
  readonly assume: 'delivered' | 'unread';
  /** With `delivered`, the destinations that received everything. */
  readonly destinations: readonly string[];
  /** `tail.lateness`. Milliseconds. */
  readonly latenessMs: number;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onDays?: (count: number) => void;
  readonly onDay?: () => void;
}

export interface RebuildTotals {
  readonly written: number;
  /** The stored bytes of these blobs. */
  readonly bytes: number;
  /** Blobs that have a checkpoint already. */
  readonly kept: number;
  /** With `delivered`, blobs of hours that may have grown after the end of the range. They are read from the beginning. */
  readonly open: number;
}

const AT_ONCE = 8;
/** The last line end of a growing blob is searched in so many bytes at its end; if there is none, the whole blob counts as unread. */
const TAIL_BYTES = 32 * 1_048_576;

/** Writes missing checkpoints, and never changes existing ones. Throws BlobError, CheckpointError and the signal's reason. */
export async function rebuildState(deps: RebuildDeps, options: RebuildOptions): Promise<RebuildTotals> {
  const { range, signal } = options;
  const days = [];
  for await (const day of daysIn(deps, range, undefined, signal)) days.push(day);
  options.onDays?.(days.length);
  const totals = { written: 0, bytes: 0, kept: 0, open: 0 };
  const rebuild = async (entry: BlobEntry) => {
    const outcome = await rebuildOne(deps, entry, options);
    totals[outcome] += 1;
    if (outcome === 'written') totals.bytes += entry.length;
  };
  for (const day of days) {
    let batch: Promise<void>[] = [];
    for await (const { entry, checkpoint } of blobsOf(deps, day, range, signal)) {
      if (checkpoint) totals.kept += 1;
      else batch.push(rebuild(entry));
      if (batch.length < AT_ONCE) continue;
      await Promise.all(batch);
      batch = [];
    }
    await Promise.all(batch);
    signal.throwIfAborted();
    options.onDay?.();
  }
  return totals;
}

async function rebuildOne(
  deps: RebuildDeps,
  entry: BlobEntry,
  options: RebuildOptions,
): Promise<'written' | 'kept' | 'open'> {
  const { assume, range, dryRun } = options;
  const hour = hourOf(entry.ref.name) ?? range.from;
  if (assume === 'delivered' && hour + HOUR_MS > range.to) return 'open';
  if (dryRun) return 'written';
  const checkpoint =
    assume === 'unread'
      ? freshCheckpoint(entry, deps.clock.now())
      : await deliveredCheckpoint(deps, entry, options);
  const isNew = await createShared(sharedCheckpoint(deps.checkpoints, entry.ref), checkpoint);
  // If the checkpoint exists now, a consumer has begun to read the blob meanwhile.
  return isNew ? 'written' : 'kept';
}

/** The checkpoint of a delivered blob. It has no counts, because the outcomes of its rows are unknown. */
async function deliveredCheckpoint(
  deps: RebuildDeps,
  entry: BlobEntry,
  { destinations, latenessMs, signal }: RebuildOptions,
): Promise<Checkpoint> {
  const now = deps.clock.now();
  const fresh = freshCheckpoint(entry, now);
  const { ref, length } = entry;
  const closed = mayClose({ name: ref.name, type: entry.type, grownOn: fresh.grownOn }, now, latenessMs);
  const format = await detectFormat(deps.blobs, ref, entry, signal);
  const offset = await endOf(deps, entry, { format, closed }, signal);
  return {
    ...fresh,
    length,
    format,
    closed,
    end: { length, offset },
    destinations: Object.fromEntries(destinations.map((name) => [name, { offset }])),
  };
}

/** The logical offset after the last row. Only compressed blobs and JSON documents must be read completely for it. */
async function endOf(
  { blobs }: RebuildDeps,
  entry: BlobEntry,
  { format, closed }: Pick<Checkpoint, 'format' | 'closed'>,
  signal: AbortSignal,
): Promise<number> {
  const { ref, length, createdOn } = entry;
  if (format === 'lines') return closed ? length : lastLineEnd(blobs, entry, signal);
  const { end } = await countRows(blobs, ref, { format, length, createdOn, final: closed, cuts: [], signal });
  return end;
}

async function lastLineEnd(
  blobs: RebuildDeps['blobs'],
  { ref, length, createdOn }: BlobEntry,
  signal: AbortSignal,
): Promise<number> {
  let at = Math.max(0, length - TAIL_BYTES);
  let end = 0;
  for await (const piece of blobs.read(ref, { start: at, end: length, createdOn }, signal)) {
    const last = piece.lastIndexOf(0x0a);
    if (last >= 0) end = at + last + 1;
    at += piece.length;
  }
  return end;
}

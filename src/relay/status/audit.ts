/** Audits one day: checks that every row of every blob is accounted for at every destination. */

import { BlobError } from '../../blobs/errors.ts';
import type { BlobEntry, BlobStore } from '../../blobs/port.ts';
import { detectFormat } from '../../blobs/rows/read-rows.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import { type BlobRef, blobPath, hourFolder, hourOf, isRowBlobName } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { addEach } from '../../shared/counts.ts';
import { DAY_MS } from '../../shared/duration.ts';
import { codeOf, messageOf } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { liesBefore, type StartMark } from '../source/start.ts';
import { lostRanges } from '../visit/losses.ts';
import { mayClose } from '../visit/schedule.ts';
import { bothListings } from './both-listings.ts';
import { countRows, type RowCount } from './count-rows.ts';

export interface AuditDeps {
  readonly blobs: BlobStore;
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
}

export interface AuditOptions {
  readonly containerPrefix: string;
  /** Only these containers; undefined for all whose names begin with the prefix. */
  readonly containers?: readonly string[] | undefined;
  readonly destinations: readonly string[];
  /** The beginning of the day in UTC, ms since the epoch. */
  readonly day: number;
  /** `tail.lateness`: how long after its hour a blob may still grow. Milliseconds. */
  readonly latenessMs: number;
  /** Where reading began (`start_at`). Earlier blobs count as not owed unless they were read. */
  readonly start?: StartMark | undefined;
  readonly signal: AbortSignal;
  /** Called with the number of blobs before the first is read. */
  readonly onBlobs?: (count: number) => void;
  /** Called after each blob. */
  readonly onBlob?: () => void;
}

/** The rows of one table, hour and destination by outcome. The counts from `delivered` on add up to `rows`. */
export interface AuditLine {
  /** The table as in the container's name. */
  readonly table: string;
  /** The beginning of the hour, ms since the epoch. */
  readonly hour: number;
  readonly destination: string;
  readonly blobs: number;
  readonly rows: number;
  /** Logical bytes, which for compressed blobs are the decompressed bytes. */
  readonly bytes: number;
  readonly delivered: number;
  /** Dropped by a filter or by dedupe, or not routed to this destination. */
  readonly filtered: number;
  /** Stored as dead letters, whatever happened to the letter since: it may be retried, sent again or dropped. */
  readonly deadLettered: number;
  readonly waiting: number;
  /** Rows that need not be delivered, because the destination was added after the blob was closed, or because the blob is before `start_at`. */
  readonly notOwed: number;
  /** Rows that were passed by a version that did not count, so that their outcome is unknown. */
  readonly notCounted: number;
  /** Rows for which the checkpoint does not account; negative if it counts more rows than the blob has. */
  readonly unaccounted: number;
  /** The bytes of the waiting rows. */
  readonly waitingBytes: number;
}

export interface AuditProblem {
  /**
   * `unaccounted`: the blob's rows and the checkpoint's counts differ. `not_counted`: the checkpoint has no counts. `waiting`: the
   * hour is over, and rows wait. `lost`: the blob is gone, and some of its rows were not delivered. `gone`: the blob is gone, so it cannot be
   * counted, but all of it was delivered. `unreadable`: the blob or its checkpoint cannot be read.
   */
  readonly kind: 'unaccounted' | 'not_counted' | 'waiting' | 'lost' | 'gone' | 'unreadable';
  readonly blob: string;
  readonly destination?: string;
  readonly message: string;
}

export interface AuditReport {
  readonly day: number;
  /** The lines, sorted by table, hour and destination. */
  readonly lines: readonly AuditLine[];
  /** The first problems; `problemCount` is the number of all. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
  readonly blobs: number;
}

const AT_ONCE = 4;
const MOST_PROBLEMS = 1_000;

/**
 * Reads every blob of the day and compares its rows with the counts of the checkpoints. Throws BlobError if the storage cannot be reached,
 * CheckpointError, and the signal's reason.
 */
export async function audit(deps: AuditDeps, options: AuditOptions): Promise<AuditReport> {
  const refs: BlobRef[] = [];
  const report = new Report(options);
  const { containerPrefix, containers, signal } = options;
  for await (const container of deps.blobs.containers(containerPrefix, signal)) {
    if (containers && !containers.includes(container)) continue;
    try {
      for await (const ref of blobsOfDay(deps, options, container)) refs.push(ref);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BlobError)) throw error;
      // This container cannot be audited, but the others can.
      report.problem({ kind: 'unreadable', blob: container, message: messageOf(error) });
    }
  }
  options.onBlobs?.(refs.length);
  await inParallel(
    refs,
    AT_ONCE,
    async (ref) => {
      await auditBlob(deps, options, ref, report);
      options.onBlob?.();
    },
    signal,
  );
  return report.done(refs.length);
}

async function* blobsOfDay(
  deps: AuditDeps,
  { day, signal }: AuditOptions,
  container: string,
): AsyncGenerator<BlobRef> {
  const folder = hourFolder(day).replace(/h=\d\d\/$/, '');
  for await (const tenant of deps.blobs.folders(container, '', signal)) {
    for await (const { name } of bothListings(deps, container, tenant + folder, signal)) {
      const hour = hourOf(name) ?? -1;
      if (hour < day || hour >= day + DAY_MS || !isRowBlobName(name)) continue;
      yield { account: deps.blobs.account, container, name };
    }
  }
}

async function auditBlob(
  deps: AuditDeps,
  options: AuditOptions,
  ref: BlobRef,
  report: Report,
): Promise<void> {
  const { destinations, signal } = options;
  try {
    // The checkpoint is loaded before the blob, so that the blob is at least as long as every offset in the checkpoint.
    const stored = await deps.checkpoints.load(ref, signal);
    const stat = await deps.blobs.stat(ref, signal);
    if (!stat) {
      if (stored) reportGone(stored.checkpoint, destinations, ref, report);
      return;
    }
    const checkpoint = stored?.checkpoint.createdOn === stat.createdOn ? stored.checkpoint : undefined;
    const isOver = mayClose(
      { name: ref.name, type: stat.type, grownOn: stat.lastModified },
      deps.clock.now(),
      options.latenessMs,
    );
    const isClosed = checkpoint?.closed === true && checkpoint.length === stat.length;
    const cursors = destinations.map((destination) => cursorOf(checkpoint, destination, isClosed));
    const count = await countRows(deps.blobs, ref, {
      format: await formatOfBlob(deps, { ref, ...stat }, checkpoint, signal),
      length: stat.length,
      createdOn: stat.createdOn,
      final: isClosed || isOver,
      cuts: cursors.map((cursor) => cursor?.offset ?? 0),
      signal,
    });
    for (const [index, destination] of destinations.entries()) {
      const isBeforeStart = !checkpoint && liesBefore({ ref, createdOn: stat.createdOn }, options.start);
      const cursor = isBeforeStart ? undefined : cursors[index];
      report.add(ref, destination, lineOf(count, cursor), isOver);
    }
  } catch (error) {
    signal.throwIfAborted();
    const isOfOne =
      error instanceof BlobError
        ? error.code !== 'storage_unavailable'
        : codeOf(error) === 'checkpoint_unreadable';
    if (!isOfOne) throw error;
    report.problem({ kind: 'unreadable', blob: blobPath(ref), message: messageOf(error) });
  }
}

type Place = Pick<Checkpoint['destinations'][string], 'offset' | 'counts'>;

/** The cursor of a destination; undefined if the blob need not be delivered to it. */
function cursorOf(
  checkpoint: Checkpoint | undefined,
  destination: string,
  isClosed: boolean,
): Place | undefined {
  return checkpoint?.destinations[destination] ?? (isClosed ? undefined : { offset: 0 });
}

/** The format by which to count a blob: the checkpoint's, because its offsets depend on it, or the blob's own. */
async function formatOfBlob(
  { blobs }: AuditDeps,
  blob: BlobEntry,
  checkpoint: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<Checkpoint['format']> {
  const wasRead = Object.values(checkpoint?.destinations ?? {}).some(({ offset }) => offset > 0);
  return checkpoint && wasRead ? checkpoint.format : detectFormat(blobs, blob.ref, blob, signal);
}

export type AuditCounts = Omit<AuditLine, 'table' | 'hour' | 'destination'>;

const NOTHING: AuditCounts = {
  blobs: 0,
  rows: 0,
  bytes: 0,
  delivered: 0,
  filtered: 0,
  deadLettered: 0,
  waiting: 0,
  notOwed: 0,
  notCounted: 0,
  unaccounted: 0,
  waitingBytes: 0,
};

function lineOf({ rows, end, before }: RowCount, cursor: Place | undefined): AuditCounts {
  const all = { ...NOTHING, blobs: 1, rows, bytes: end };
  if (!cursor) return { ...all, notOwed: rows };
  const passed = before.get(cursor.offset) ?? 0;
  const waiting = { waiting: rows - passed, waitingBytes: Math.max(0, end - cursor.offset) };
  if (!cursor.counts) return { ...all, ...waiting, notCounted: passed };
  const { delivered, filtered, deadLettered } = cursor.counts;
  const missing = passed - delivered - filtered - deadLettered;
  const unaccounted = missing === 0 ? passed - cursor.counts.rows : missing;
  return { ...all, ...waiting, delivered, filtered, deadLettered, unaccounted };
}

function reportGone(
  checkpoint: Checkpoint,
  destinations: readonly string[],
  ref: BlobRef,
  report: Report,
): void {
  const blob = blobPath(ref);
  const lost = lostRanges(checkpoint, destinations);
  for (const { destination, from, to } of lost) {
    const message = `deleted; bytes from ${from} to ${to ?? 'its end'} were not delivered to ${destination}`;
    report.problem({ kind: 'lost', blob, destination, message });
  }
  if (lost.length === 0) report.problem({ kind: 'gone', blob, message: 'deleted after it was delivered' });
}

/** Collects sums by table, hour and destination, and problems. */
class Report {
  readonly #options: AuditOptions;
  readonly #lines = new Map<string, AuditLine>();
  readonly #problems: AuditProblem[] = [];
  #problemCount = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  add(ref: BlobRef, destination: string, counts: AuditCounts, isOver: boolean): void {
    const table = ref.container.slice(this.#options.containerPrefix.length);
    const hour = hourOf(ref.name) ?? this.#options.day;
    const key = JSON.stringify([table, hour, destination]);
    const line = this.#lines.get(key) ?? { table, hour, destination, ...NOTHING };
    this.#lines.set(key, addCounts(line, counts));

    const problem = (kind: AuditProblem['kind'], message: string) =>
      this.problem({ kind, blob: blobPath(ref), destination, message });
    const { unaccounted, notCounted, waiting, waitingBytes } = counts;
    if (unaccounted > 0) problem('unaccounted', `${unaccounted} rows are not accounted for`);
    if (unaccounted < 0) problem('unaccounted', `${-unaccounted} rows more are counted than it has`);
    if (notCounted > 0) problem('not_counted', `${notCounted} rows were passed before rows were counted`);
    if (isOver && waiting > 0) problem('waiting', `${waiting} rows (${waitingBytes} bytes) wait`);
  }

  problem(problem: AuditProblem): void {
    this.#problemCount += 1;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(problem);
  }

  done(blobs: number): AuditReport {
    const lines = [...this.#lines.values()].sort(
      (a, b) => compare(a.table, b.table) || a.hour - b.hour || compare(a.destination, b.destination),
    );
    const problems = this.#problems.sort((a, b) => compare(a.blob, b.blob));
    return { day: this.#options.day, lines, problems, problemCount: this.#problemCount, blobs };
  }
}

/** Adds counts to a line. */
export function addCounts(line: AuditLine, more: AuditCounts): AuditLine {
  return { ...line, ...addEach(NOTHING, line, more) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

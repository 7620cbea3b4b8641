/** Queues the blobs of a range of hours of any age, or replays them to some destinations. */

import { BlobError } from '../../blobs/errors.ts';
import { addEach } from '../../shared/counts.ts';
import { codeOf } from '../../shared/errors.ts';
import type { RelayDeps } from '../source/deps.ts';
import { blobsOf, type Day, daysIn, type Range } from './backfill-days.ts';
import type { FoundBlob } from './found-blobs.ts';
import { queueReplay } from './replay.ts';
import { isHeld, needsVisit, queueBlob } from './sweep.ts';

export type BackfillDeps = Pick<RelayDeps, 'blobs' | 'checkpoints' | 'clock' | 'queue'>;

export interface BackfillOptions {
  readonly range: Range;
  /** If not empty, everything in the range is replayed to these destinations only. */
  readonly destinations: readonly string[];
  /** Whether to only count. */
  readonly dryRun: boolean;
  /** The most blobs to queue per second; undefined for no limit. */
  readonly rate?: number | undefined;
  /** The backfill waits while the queue holds more tasks than this, so that new events do not wait behind a year of old ones. */
  readonly queueLimit: number;
  /** The position after which to continue. */
  readonly after?: Position | undefined;
  /** The totals up to that position. */
  readonly totals?: BackfillTotals | undefined;
  readonly signal: AbortSignal;
  /** Called once the days are known, with the number of all days and of the days that are done already. */
  readonly onDays?: (all: number, done: number) => void;
  /** Called after every few blobs and at the end of each day: everything up to `at` is queued. */
  readonly onProgress?: (at: Position, totals: BackfillTotals, dayEnded: boolean) => Promise<void>;
  /** Called for each container that is skipped because it cannot be listed. */
  readonly onPassedOver?: (container: string, error: BlobError) => void;
  /** Called when the backfill waits for the consumers, with the number of tasks on the queue. */
  readonly onWaiting?: (tasks: number) => void;
}

/** A position in the order of a backfill. */
export interface Position extends Day {
  /** The last blob of the day that is done; undefined if all of them are. */
  readonly name?: string | undefined;
}

export interface BackfillTotals {
  /** Blobs in the range. */
  readonly listed: number;
  /** Blobs for which at least one task was queued, or would be in a dry run. */
  readonly queued: number;
  /** The stored bytes to read in the queued blobs, counted once for each destination of a replay. */
  readonly bytes: number;
  /** Blobs with an earlier replay that is still running. */
  readonly underWay: number;
  /** Blobs that could not be queued because other consumers kept writing their checkpoints. */
  readonly busy: number;
  /** Blobs that cannot be read at present, and were skipped. */
  readonly held: number;
  /** Blobs whose checkpoints cannot be read, which needs attention. */
  readonly unreadable: number;
  /** Containers that could not be listed to their end, and were skipped from there on. */
  readonly passedOver: readonly string[];
}

const NO_BLOBS = { listed: 0, queued: 0, bytes: 0, underWay: 0, busy: 0, held: 0, unreadable: 0 };
/** Before anything is listed. */
export const NO_TOTALS: BackfillTotals = { ...NO_BLOBS, passedOver: [] };

/** How many blobs are queued in parallel. */
const AT_ONCE = 8;
/** The depth of the queue is requested after so many tasks. */
const DEPTH_EVERY = 64;
const WAIT_MS = 1_000;

/**
 * Queues the blobs of a range that have unread bytes, as the sweep does; with destinations, has all blobs of the range read again for
 * these destinations. Memory holds the list of days, and a page of each listing.
 *
 * Rejects with the signal's reason when it is aborted; a later run can continue at the last position given to `onProgress`.
 */
export async function backfill(deps: BackfillDeps, options: BackfillOptions): Promise<BackfillTotals> {
  const { range, after, signal } = options;
  let totals = options.totals ?? NO_TOTALS;
  const passOver = async (container: string, error: BlobError) => {
    // If the whole account is out of reach, this listing throws and ends the run, and the next run continues from here.
    for await (const _ of deps.blobs.containers(range.containerPrefix, signal)) break;
    if (totals.passedOver.includes(container)) return;
    totals = { ...totals, passedOver: [...totals.passedOver, container] };
    options.onPassedOver?.(container, error);
  };
  const days: Day[] = [];
  for await (const day of daysIn(deps, range, passOver, signal)) days.push(day);
  const rest = after ? days.filter((day) => compare(day, after) >= (after.name === undefined ? 1 : 0)) : days;
  options.onDays?.(days.length, days.length - rest.length);

  const pace = new Pace(deps, options);
  for (const day of rest) {
    if (totals.passedOver.includes(day.container)) continue;
    const from = after && compare(day, after) === 0 ? after.name : undefined;
    let waiting: FoundBlob[] = [];
    const flush = async () => {
      const outcomes = await Promise.all(waiting.map((found) => queueOne(deps, found, options)));
      const last = waiting.at(-1)?.entry.ref.name;
      waiting = [];
      totals = outcomes.reduce(add, totals);
      if (last !== undefined) await options.onProgress?.({ ...day, name: last }, totals, false);
      await pace.queued(outcomes.filter(({ queued }) => queued > 0).length);
    };
    try {
      for await (const found of blobsOf(deps, day, range, signal)) {
        if (from !== undefined && found.entry.ref.name <= from) continue;
        waiting.push(found);
        if (waiting.length === AT_ONCE) await flush();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BlobError)) throw error;
      await passOver(day.container, error);
    }
    await flush();
    await options.onProgress?.(day, totals, true);
    signal.throwIfAborted();
  }
  return totals;
}

function add(a: BackfillTotals, b: BackfillTotals): BackfillTotals {
  return { ...addEach(NO_BLOBS, a, b), passedOver: [...a.passedOver, ...b.passedOver] };
}

/** Compares days by the order of {@link daysIn}. */
function compare(a: Day, b: Day): number {
  for (const key of ['container', 'tenant', 'folder'] as const) {
    if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
  }
  return 0;
}

async function queueOne(
  deps: BackfillDeps,
  { entry, checkpoint }: FoundBlob,
  { destinations, dryRun }: BackfillOptions,
): Promise<BackfillTotals> {
  const one = { ...NO_TOTALS, listed: 1 };
  if (checkpoint && isHeld(entry, checkpoint, deps.clock.now())) return { ...one, held: 1 };
  // Unlike the sweep, a backfill includes young blobs: an operator who asks for the hour does not want to wait for the notification.
  const unread = checkpoint === undefined || needsVisit(entry, checkpoint, deps.clock.now());
  const isOther = checkpoint === undefined || checkpoint.createdOn !== entry.createdOn;
  const replayed = isOther || entry.length === 0 ? [] : destinations;
  if (!unread && replayed.length === 0) return one;
  if (entry.isArchived) return { ...one, held: 1 };
  const unreadBytes = unread ? Math.max(0, entry.length - (isOther ? 0 : checkpoint.offset)) : 0;
  const queued = { ...one, queued: 1, bytes: unreadBytes + replayed.length * entry.length };
  if (dryRun) return queued;

  const outcomes = [];
  try {
    if (unread) outcomes.push((await queueBlob(deps, entry, 'backfill')) ? 'queued' : 'nothing');
    for (const destination of replayed) outcomes.push(await queueReplay(deps, entry.ref, destination));
  } catch (error) {
    // An unreadable checkpoint concerns only this blob and does not pass by itself. If it ended the run, the next run would end here too.
    if (codeOf(error) !== 'checkpoint_unreadable') throw error;
    return { ...one, unreadable: 1 };
  }
  if (outcomes.includes('busy')) return { ...one, busy: 1 };
  if (outcomes.includes('queued')) return queued;
  return outcomes.includes('under_way') ? { ...one, underWay: 1 } : one;
}

/** Limits the rate of the backfill, and makes it wait for the consumers. */
class Pace {
  readonly #deps: BackfillDeps;
  readonly #options: BackfillOptions;
  #nextAt: number;
  #sinceDepth = DEPTH_EVERY;

  constructor(deps: BackfillDeps, options: BackfillOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#nextAt = deps.clock.monotonic();
  }

  async queued(count: number): Promise<void> {
    const { rate, signal, dryRun } = this.#options;
    const { clock } = this.#deps;
    if (dryRun || count === 0) return;
    if (rate !== undefined) {
      this.#nextAt = Math.max(this.#nextAt, clock.monotonic()) + (count / rate) * 1000;
      const wait = this.#nextAt - clock.monotonic();
      if (wait > 0) await clock.sleep(wait, signal);
    }
    this.#sinceDepth += count;
    if (this.#sinceDepth < DEPTH_EVERY) return;
    this.#sinceDepth = 0;
    await this.#room();
  }

  async #room(): Promise<void> {
    const { queueLimit, signal, onWaiting } = this.#options;
    for (;;) {
      const { ready } = await this.#deps.queue.depth(signal);
      if (ready <= queueLimit) return;
      onWaiting?.(ready);
      await this.#deps.clock.sleep(WAIT_MS, signal);
    }
  }
}

/** Queues the blobs of a range of hours, however far back, or replays them to some destinations. */

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
  /** Not empty: a replay of everything in the range to these destinations alone. */
  readonly destinations: readonly string[];
  /** Only counts. */
  readonly dryRun: boolean;
  /** Blobs queued a second, at most; undefined: no limit of its own. */
  readonly rate?: number | undefined;
  /** Waits while the queue holds more tasks than this: new events must not stand behind a year of old ones. */
  readonly queueLimit: number;
  /** Goes on behind this place. */
  readonly after?: Position | undefined;
  /** What was counted before that place. */
  readonly totals?: BackfillTotals | undefined;
  readonly signal: AbortSignal;
  /** Told when the days are known: how many there are, and how many are done already. */
  readonly onDays?: (all: number, done: number) => void;
  /** Told after each few blobs, and at the end of each day: everything up to `at` is queued. */
  readonly onProgress?: (at: Position, totals: BackfillTotals, dayEnded: boolean) => Promise<void>;
  /** Told of each container that is passed over because it cannot be listed. */
  readonly onPassedOver?: (container: string, error: BlobError) => void;
  /** Told when it waits for the consumers. */
  readonly onWaiting?: (tasks: number) => void;
}

/** A place in the order of a backfill. */
export interface Position extends Day {
  /** The last blob that was done of that day; undefined: all of them. */
  readonly name?: string | undefined;
}

export interface BackfillTotals {
  /** Blobs in the range. */
  readonly listed: number;
  /** Blobs for which at least one task was queued, or would be. */
  readonly queued: number;
  /** Stored bytes there are to read in those, once for each destination of a replay. */
  readonly bytes: number;
  /** Blobs that an earlier replay still reads. */
  readonly underWay: number;
  /** Blobs that could not be queued because other consumers kept writing their checkpoints. */
  readonly busy: number;
  /** Blobs that cannot be read at present, and were passed over. */
  readonly held: number;
  /** Blobs whose checkpoints cannot be read: a person must look at them. */
  readonly unreadable: number;
  /** Containers that could not be listed to their end: what lies behind was not looked at. */
  readonly passedOver: readonly string[];
}

const NO_BLOBS = { listed: 0, queued: 0, bytes: 0, underWay: 0, busy: 0, held: 0, unreadable: 0 };
const NOTHING: BackfillTotals = { ...NO_BLOBS, passedOver: [] };

/** Blobs that are queued at once. */
const AT_ONCE = 8;
/** The queue's depth is asked for after so many tasks. */
const DEPTH_EVERY = 64;
const WAIT_MS = 1_000;

/**
 * Queues the blobs of a range that have unread bytes, as the sweep does; with destinations, has all of them read once more for
 * those. Memory holds the list of days, and a page of each listing.
 *
 * Rejects with the signal's reason when it is aborted; what `onProgress` was told last is where to go on.
 */
export async function backfill(deps: BackfillDeps, options: BackfillOptions): Promise<BackfillTotals> {
  const { range, after, signal } = options;
  let totals = options.totals ?? NOTHING;
  const passOver = async (container: string, error: BlobError) => {
    // The account may be out of reach as a whole: then it is no matter of one container, and the next run goes on from here.
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

/** In the order in which {@link daysIn} gives them. */
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
  const one = { ...NOTHING, listed: 1 };
  if (checkpoint && isHeld(entry, checkpoint, deps.clock.now())) return { ...one, held: 1 };
  // Unlike the sweep, a young blob too: an operator who asks for its hour does not want to wait for its notification.
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
    // Of this blob alone, and for as long as nobody looks at it: the next run would end here again.
    if (codeOf(error) !== 'checkpoint_unreadable') throw error;
    return { ...one, unreadable: 1 };
  }
  if (outcomes.includes('busy')) return { ...one, busy: 1 };
  if (outcomes.includes('queued')) return queued;
  return outcomes.includes('under_way') ? { ...one, underWay: 1 } : one;
}

/** Keeps to the rate, and waits for the consumers. */
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

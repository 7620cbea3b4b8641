/** Pulls the list feeds of relay.yaml that have an interval when they are due. */
import type { ListFeedConfig } from '../../config/list-feeds.ts';
import { loggedError, messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { sleptTogether } from '../../shared/together.ts';
import { type PullDeps, pullFeed } from './pull.ts';
import type { LastPull, PullTurns } from './turns.ts';

export type ListFeeds = Readonly<Record<string, ListFeedConfig>>;

export interface ScheduleDeps extends PullDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly turns: PullTurns;
  /** Hides secrets of relay.yaml in what a feed's failure says. */
  readonly hide: (text: string) => string;
}

/** The first pause after a failure; each further failure doubles it. Milliseconds. */
const RETRY_MS = 5 * 60_000;
/** The longest pause after failures, for feeds whose interval is shorter. Milliseconds. */
const LONGEST_RETRY_MS = 6 * 3_600_000;
/** How much longer than the interval a process waits at most, so that consumers do not ask for the same feed at the same moment. */
const SPREAD = 0.1;
/** A feed that was never pulled is due so long after the start at most. Milliseconds. */
const FIRST_MS = 60_000;

/** How long after its last pull a feed is due. Milliseconds. @param every its interval, ms. @param failures failed pulls in a row. */
export function pauseAfter(failures: number, every: number): number {
  if (failures === 0) return every;
  return Math.min(RETRY_MS * 2 ** Math.min(failures - 1, 20), Math.max(every, LONGEST_RETRY_MS));
}

/** The schedule of one process, or of one isolate of a Worker. */
export class FeedSchedule {
  /** When to look at each feed again, ms since the epoch, as far as this process knows. */
  readonly #due = new Map<string, number>();
  readonly #spread = Math.random() * SPREAD;
  readonly #firstMs: number;
  #first: number | undefined;

  /** @param firstMs how long after its first look the schedule waits at most for a feed that was never pulled. Milliseconds. */
  constructor(firstMs = FIRST_MS) {
    this.#firstMs = firstMs;
  }

  /**
   * Pulls the feeds that are due, one after the other. Never rejects: a feed that fails is logged, counted and recorded, and its list stays as
   * it is.
   *
   * @param most how many feeds are pulled at most.
   */
  async pullDue(feeds: ListFeeds, deps: ScheduleDeps, stop: AbortSignal, most = 100): Promise<void> {
    const { clock, logger } = deps;
    for (const list of this.#due.keys()) if (feeds[list]?.every === undefined) this.#due.delete(list);
    const now = clock.now();
    const lists = Object.keys(feeds).filter(
      (list) => feeds[list]?.every !== undefined && this.#isDue(list, now),
    );
    if (lists.length === 0) return;
    try {
      const last = await deps.turns.last(lists, stop);
      let left = most;
      for (const list of lists) {
        const feed = feeds[list];
        if (!feed || stop.aborted) return;
        this.#due.set(list, this.#dueAt(feed, last.get(list), now));
        if (!this.#isDue(list, clock.now())) continue;
        // The rest stays due.
        if (left === 0) return;
        left -= 1;
        await this.#pull(list, feeds, deps, stop);
      }
    } catch (error) {
      if (stop.aborted) return;
      logger.warn('The state of list feeds cannot be read or written; their pulls go on later', {
        ...loggedError(error),
      });
    }
  }

  #isDue(list: string, now: number): boolean {
    return (this.#due.get(list) ?? 0) <= now;
  }

  #dueAt({ every = 0 }: ListFeedConfig, last: LastPull | undefined, now: number): number {
    // A process that starts with others does not ask at once. A pull in the future was recorded by a clock that was wrong.
    const isKnown = last !== undefined && last.at <= now;
    if (isKnown) return last.at + pauseAfter(last.failures, every) * (1 + this.#spread);
    this.#first ??= now + (this.#firstMs * this.#spread) / SPREAD;
    return this.#first;
  }

  async #pull(list: string, feeds: ListFeeds, deps: ScheduleDeps, stop: AbortSignal): Promise<void> {
    const { turns, clock } = deps;
    const feed = feeds[list];
    if (!feed) return;
    await turns.alone(list, async (lost) => {
      const signal = lost ? AbortSignal.any([stop, lost]) : stop;
      // Another consumer may have pulled it while this one asked for its turn.
      const last = (await turns.last([list], signal)).get(list);
      this.#due.set(list, this.#dueAt(feed, last, clock.now()));
      if (!this.#isDue(list, clock.now())) return;
      const failure = await tried(list, feed, deps, signal);
      if (signal.aborted) return;
      // Before it is recorded: where the state is out of reach, the feed must not be asked again at once.
      const failures = failure === undefined ? 0 : (last?.failures ?? 0) + 1;
      this.#due.set(list, this.#dueAt(feed, { at: clock.now(), failures }, clock.now()));
      await turns.record({ list, failure }, Object.keys(feeds));
    });
  }
}

/** Pulls a feed, and tells log and metrics. Why it failed; undefined if it did not. */
async function tried(
  list: string,
  feed: ListFeedConfig,
  { store, http, clock, logger, metrics, hide }: ScheduleDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const pulled = await pullFeed(list, feed, { store, http, clock }, signal);
    metrics.count('xdr_relay_list_pulls_total', { list, result: pulled.kind });
    logger[pulled.kind === 'written' ? 'info' : 'debug']('A list feed was pulled', { list, ...pulled });
    return undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    const failure = hide(messageOf(error));
    metrics.count('xdr_relay_list_pulls_total', { list, result: 'failed' });
    logger.warn('A list feed could not be pulled: the list stays as it is', { list, error: failure });
    return failure;
  }
}

/** How often a process that keeps running looks for feeds that are due. Milliseconds. */
const LOOK_MS = 15_000;

/** Pulls feeds when they are due, until stopped. Never rejects. @param feeds those of the relay.yaml in force. */
export async function pullRegularly(
  feeds: () => ListFeeds,
  deps: ScheduleDeps,
  stop: AbortSignal,
): Promise<void> {
  const schedule = new FeedSchedule();
  while (await sleptTogether(deps.clock, LOOK_MS, stop)) await schedule.pullDue(feeds(), deps, stop);
}

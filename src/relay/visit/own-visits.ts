/** How many of a consumer's visits may be for one cursor alone: such a visit may wait for a destination that hangs. */

/** A visit that found no place and did not ask again for so long is at work elsewhere. Milliseconds. */
const GONE_MS = 30_000;
/** A cursor whose visit took so long is slow, until one is quicker. Milliseconds. */
const SLOW_MS = 10_000;
/** Slow cursors that are remembered. */
const MOST_SLOW = 10_000;

/** Slow visits take longer, so that asking every second is useless. */
const SLOW_TURN_SECONDS = 5;
/** Less than {@link GONE_MS}. */
const LONGEST_WAIT_SECONDS = 25;

/**
 * A place, to be left with the moment of the end, monotonic milliseconds; or none now: the visit asks again after so many seconds,
 * which is about when all that wait have had a place where a visit takes a second, or five for slow ones.
 */
export type Entrance =
  | { readonly kind: 'entered'; readonly leave: (end: number) => void }
  | { readonly kind: 'wait'; readonly seconds: number };

interface Line {
  running: number;
  /** By visit: when it asked last. */
  readonly waiting: Map<string, number>;
}

/** The lines of one kind of visits, by destination, and their places. */
interface Lines {
  running: number;
  readonly most: number;
  readonly mostOfOne: number;
  readonly byDestination: Map<string, Line>;
}

/**
 * Places for visits that read for one cursor alone. One destination's visits take half of the consumer's places at most, and all
 * together three quarters. A place that is free goes to the visit that asks: one that asked before may have gone to another consumer
 * meanwhile, and a place that is kept for it would stay empty.
 *
 * Slow ones have places of their own beside the consumer's, as many again: they wait for answers, which costs no CPU, and what they
 * hold in memory has its own limit. So rows that make destinations hang hold up neither the other destinations, nor the other rows of
 * theirs, nor the visits for all that keep pace, and wait for each other as little as can be.
 */
export class OwnVisits {
  readonly #quick: Lines;
  readonly #slow: Lines;
  readonly #slowVisits = new Set<string>();
  #nextSlow = Promise.withResolvers<void>();

  /** @param concurrency visits of any kind that the consumer makes at once, slow ones not counted. */
  constructor(concurrency: number) {
    const share = (part: number) => Math.max(1, Math.floor(concurrency * part));
    this.#quick = linesOf(share(3 / 4), share(1 / 2));
    this.#slow = linesOf(Math.max(2, concurrency), Math.max(2, share(1 / 2)));
  }

  /** Slow visits that are under way: they take none of the consumer's places. */
  get slowRunning(): number {
    return this.#slow.running;
  }

  /** Resolves when the next slow visit has got a place, and so has given the consumer's back. */
  get nextSlow(): Promise<void> {
    return this.#nextSlow.promise;
  }

  /**
   * Asks for a place for a visit.
   *
   * @param visit tells visits to the destination apart. @param now monotonic milliseconds.
   */
  enter(destination: string, visit: string, now: number): Entrance {
    const lines = this.#slowVisits.has(visit) ? this.#slow : this.#quick;
    const line = lineOf(lines.byDestination, destination);
    line.waiting.delete(visit);
    if (lines.running >= lines.most || line.running >= lines.mostOfOne) {
      for (const [other, askedAt] of line.waiting) if (now - askedAt > GONE_MS) line.waiting.delete(other);
      line.waiting.set(visit, now);
      const turns = Math.ceil(line.waiting.size / lines.mostOfOne);
      const seconds = turns * (lines === this.#slow ? SLOW_TURN_SECONDS : 1);
      return { kind: 'wait', seconds: Math.min(LONGEST_WAIT_SECONDS, seconds) };
    }
    line.running += 1;
    lines.running += 1;
    if (lines === this.#slow) this.#tellOfSlow();
    const leave = (end: number) => {
      line.running -= 1;
      lines.running -= 1;
      this.#remember(visit, end - now >= SLOW_MS);
    };
    return { kind: 'entered', leave };
  }

  #tellOfSlow(): void {
    this.#nextSlow.resolve();
    this.#nextSlow = Promise.withResolvers<void>();
  }

  #remember(visit: string, isSlow: boolean): void {
    this.#slowVisits.delete(visit);
    if (!isSlow) return;
    this.#slowVisits.add(visit);
    const [oldest] = this.#slowVisits;
    if (this.#slowVisits.size > MOST_SLOW && oldest !== undefined) this.#slowVisits.delete(oldest);
  }
}

function linesOf(most: number, mostOfOne: number): Lines {
  return { running: 0, most, mostOfOne, byDestination: new Map() };
}

function lineOf(lines: Map<string, Line>, destination: string): Line {
  const line = lines.get(destination) ?? { running: 0, waiting: new Map<string, number>() };
  lines.set(destination, line);
  return line;
}

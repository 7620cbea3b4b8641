/** How many of a consumer's visits may be for one cursor alone: such a visit may wait for a destination that hangs. */

/** A visit that found no place is asked for again before that, or it has given up its turn. Milliseconds. */
const TURN_MS = 30_000;
/** A cursor whose visit took so long is slow, until one is quicker. Milliseconds. */
const SLOW_MS = 10_000;
/** Slow cursors that are remembered. */
const MOST_SLOW = 10_000;

interface Line {
  running: number;
  /** By visit: when it asked last, in the order in which they asked first. */
  readonly waiting: Map<string, number>;
}

/**
 * Places for visits that read for one cursor alone, given in the order in which they were asked for. One destination's visits take
 * half of the consumer's places at most, those of slow cursors a quarter, and all together three quarters: rows that make
 * destinations hang hold up neither the other destinations, nor the other rows of theirs, nor the visits for all that keep pace.
 */
export class OwnVisits {
  readonly #most: number;
  readonly #mostOfOne: number;
  readonly #mostSlow: number;
  #running = 0;
  readonly #quick = new Map<string, Line>();
  readonly #slow = new Map<string, Line>();
  readonly #slowVisits = new Set<string>();

  /** @param concurrency visits of any kind that the consumer makes at once. */
  constructor(concurrency: number) {
    this.#most = Math.max(1, Math.floor((concurrency * 3) / 4));
    this.#mostOfOne = Math.max(1, Math.floor(concurrency / 2));
    this.#mostSlow = Math.max(1, Math.floor(concurrency / 4));
  }

  /**
   * Asks for a place for a visit. Undefined: not now, come back in a few seconds; it keeps its turn. Else to be called when it ends,
   * with the moment.
   *
   * @param visit tells visits to the destination apart. @param now monotonic milliseconds.
   */
  enter(destination: string, visit: string, now: number): ((end: number) => void) | undefined {
    const isSlow = this.#slowVisits.has(visit);
    const quick = lineOf(this.#quick, destination);
    const slow = lineOf(this.#slow, destination);
    const line = isSlow ? slow : quick;
    for (const [other, askedAt] of line.waiting) if (now - askedAt > TURN_MS) line.waiting.delete(other);
    const free = Math.min(
      this.#most - this.#running,
      this.#mostOfOne - quick.running - slow.running,
      isSlow ? this.#mostSlow - slow.running : this.#mostOfOne,
    );
    const place = [...line.waiting.keys()].indexOf(visit);
    if ((place < 0 ? line.waiting.size : place) >= free) {
      line.waiting.set(visit, now);
      return undefined;
    }
    line.waiting.delete(visit);
    line.running += 1;
    this.#running += 1;
    return (end) => {
      line.running -= 1;
      this.#running -= 1;
      this.#slowVisits.delete(visit);
      if (end - now < SLOW_MS) return;
      this.#slowVisits.add(visit);
      const [oldest] = this.#slowVisits;
      if (this.#slowVisits.size > MOST_SLOW && oldest !== undefined) this.#slowVisits.delete(oldest);
    };
  }
}

function lineOf(lines: Map<string, Line>, destination: string): Line {
  const line = lines.get(destination) ?? { running: 0, waiting: new Map<string, number>() };
  lines.set(destination, line);
  return line;
}

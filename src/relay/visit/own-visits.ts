/** Limits the visits of a consumer that read for a single cursor, because such a visit may wait for a destination that hangs. */
import { Wake } from '../../shared/wake.ts';

/** A visit that found no slot and has not asked again for so long is forgotten, because another consumer is making it. Milliseconds. */
const GONE_MS = 30_000;
/** A cursor whose visit took so long counts as slow, until a visit is quicker. Milliseconds. */
const SLOW_MS = 10_000;
/** How many slow cursors are remembered. */
const MOST_SLOW = 10_000;

/** How often a slow visit asks for a slot: less often than others, because slots for slow visits become free less often. */
const SLOW_TURN_SECONDS = 5;
/** The longest wait before a visit asks again. It must be less than {@link GONE_MS}. */
const LONGEST_WAIT_SECONDS = 25;

/**
 * The answer to a visit that asks for a slot: a slot, which the visit leaves with its end in monotonic milliseconds; or the seconds after
 * which it should ask again. By then all waiting visits have had a slot, if a visit takes a second, or five seconds for slow ones.
 */
export type Entrance =
  | { readonly kind: 'entered'; readonly leave: (end: number) => void }
  | { readonly kind: 'wait'; readonly seconds: number };

interface Line {
  running: number;
  /** By visit, when it last asked. */
  readonly waiting: Map<string, number>;
}

/** The visits of one kind, quick or slow, by destination, and their slots. */
interface Lines {
  running: number;
  readonly most: number;
  readonly mostOfOne: number;
  readonly byDestination: Map<string, Line>;
}

/**
 * The slots for visits that read for a single cursor. The visits of one destination take at most half of the consumer's slots, and all such
 * visits together three quarters. A free slot goes to the visit that asks: a visit that asked before may have gone to another consumer
 * meanwhile, and a slot reserved for it would stay empty.
 *
 * Slow visits have separate slots, as many as the consumer has: they wait for responses, which costs no CPU time, and their memory has its
 * own limit. So rows that make destinations hang delay neither other destinations, nor other rows of the same destinations, nor the common
 * visits, and delay each other as little as possible.
 */
export class OwnVisits {
  /** Woken when a slot of the consumer becomes free: a slow visit that gets a slot of its own gives it back. The consumer wakes it when a task ends. */
  readonly freed: Wake = new Wake();
  readonly #quick: Lines;
  readonly #slow: Lines;
  readonly #slowVisits = new Set<string>();

  /** @param concurrency how many visits of any kind, except slow ones, the consumer makes in parallel. */
  constructor(concurrency: number) {
    const share = (part: number) => Math.max(1, Math.floor(concurrency * part));
    this.#quick = linesOf(share(3 / 4), share(1 / 2));
    this.#slow = linesOf(Math.max(2, concurrency), Math.max(2, share(1 / 2)));
  }

  /** The number of slow visits that are running. They take none of the consumer's slots. */
  get slowRunning(): number {
    return this.#slow.running;
  }

  /**
   * Asks for a slot for a visit.
   *
   * @param visit identifies the visit among those for the destination. @param now monotonic milliseconds.
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
    if (lines === this.#slow) this.freed.wake();
    const leave = (end: number) => {
      line.running -= 1;
      lines.running -= 1;
      this.#remember(visit, end - now >= SLOW_MS);
    };
    return { kind: 'entered', leave };
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

/** The pace of places that several destinations for people post to, over all consumers: a turn is reserved in a document of the place. */
import { z } from 'zod';
import { isAhead } from '../../alerts/groups/state.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import {
  type Decision,
  replacingDamaged,
  sharedDocument,
  updateDocument,
} from '../../checkpoints/update-document.ts';
import type { PlacePace, PlacePaces } from '../../destinations/place.ts';
import type { Clock } from '../../shared/clock.ts';
import { DAY_MS } from '../../shared/duration.ts';
import { pauseOf, turnOf } from './turn.ts';

export interface PacesDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
}

const recordSchema = z.object({
  v: z.literal(1),
  /** Before this nothing is posted there, ms since the epoch. */
  nextAt: z.number(),
  /** The product asked for a pause of `heldMs` milliseconds, which ends then, ms since the epoch. A record of an older version has none. */
  heldUntil: z.number().default(0),
  heldMs: z.number().nonnegative().default(0),
});

/** Of a place that is not held. */
const FREE = { heldUntil: 0, heldMs: 0 };

type PlaceRecord = Readonly<z.infer<typeof recordSchema>>;

const NO_RECORD: PlaceRecord = { v: 1, nextAt: 0, ...FREE };

/** How often a turn is asked for while other consumers take theirs, and the longest pause between. Milliseconds. */
const TRIES = 20;
const WAIT_MS = 250;
/** A turn that has passed for longer when it is known is not taken: the next one, of another destination, may be near. Milliseconds. */
const LATE_MS = 100;
/** How often a turn is reserved anew because it has passed. */
const RESERVATIONS = 4;
/** A process that was suspended waits for so long: its lease may be another's now, of which it learns meanwhile. Milliseconds. */
const SUSPENDED_MS = 2_000;
const AFTER_SUSPENSION_MS = 1_000;
/** The longest time by which a turn is reserved ahead, where the state is slow. Milliseconds. */
const MOST_LEAD_MS = 15_000;
/** Of those, so many are remembered. */
const MOST_SEEN = 1_000;

export class SharedPaces implements PlacePaces {
  readonly #deps: PacesDeps;
  /** By place, the destinations that relay.yaml has posting there. */
  #known: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** Places that this process has posted to although relay.yaml does not name them for the destination: rules may name channels, too. */
  readonly #seen = new Set<string>();
  /** By place, when the pause ends that its product asked this process for, by the monotonic clock. The latest ones come last. */
  readonly #held = new Map<string, number>();
  /** The longest pause that is obeyed, milliseconds. */
  #longestHoldMs = DAY_MS;
  /** How much ahead a turn is reserved, so that it has not passed when the state has stored it. Milliseconds. */
  #leadMs = 0;

  constructor(deps: PacesDeps) {
    this.#deps = deps;
  }

  /**
   * @param places those that relay.yaml names, with the destinations that post there.
   * @param longestHoldMs `delivery.retry_after_max`.
   */
  know(places: ReadonlyMap<string, ReadonlySet<string>>, longestHoldMs: number): void {
    this.#known = places;
    this.#longestHoldMs = longestHoldMs;
  }

  of(destination: string): PlacePace {
    return {
      turn: async (place, intervalMs, signal) => {
        const heldMs = this.#heldHereMs(place);
        if (heldMs > 0) return heldMs;
        return this.#isShared(place, destination) ? this.#turn(place, intervalMs, signal) : 0;
      },
      hold: (place, ms) =>
        this.#hold(place, Math.min(ms, this.#longestHoldMs), this.#isShared(place, destination)),
    };
  }

  /** Milliseconds for which this process knows by itself that a place is held. */
  #heldHereMs(place: string): number {
    return Math.max(0, (this.#held.get(place) ?? 0) - this.#deps.clock.monotonic());
  }

  async #hold(place: string, ms: number, isShared: boolean): Promise<void> {
    const { clock } = this.#deps;
    const end = clock.monotonic() + Math.max(ms, this.#heldHereMs(place));
    this.#held.delete(place);
    this.#held.set(place, end);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MOST_SEEN && oldest !== undefined) this.#held.delete(oldest);
    if (!isShared) return;
    await this.#changed(place, (stored) => {
      const left = this.#leftOf(stored);
      if (left >= ms) return { keep: undefined };
      return { write: { ...stored, heldUntil: clock.now() + ms, heldMs: ms }, result: undefined };
    });
  }

  /**
   * Milliseconds that a stored pause lasts. One that began in the future was written with a wrong clock and does not count; one that is longer
   * than any that is obeyed is cut.
   */
  #leftOf({ heldUntil, heldMs }: PlaceRecord): number {
    const now = this.#deps.clock.now();
    const began = heldUntil - heldMs;
    if (isAhead(began, now)) return 0;
    return Math.max(0, began + Math.min(heldMs, this.#longestHoldMs) - now);
  }

  /** Where the state is slow, or the process was suspended, a turn passes before it can be taken, and another is reserved. */
  async #turn(place: string, intervalMs: number, signal: AbortSignal): Promise<number> {
    const { clock } = this.#deps;
    let own: Turn | undefined;
    for (let tries = 1; tries <= RESERVATIONS; tries++) {
      own = await this.#reserved(place, intervalMs, own);
      if (own.heldMs > 0) return own.heldMs;
      const wait = own.at - clock.now();
      if (wait > 0) await clock.sleep(wait, signal);
      const late = clock.now() - own.at;
      if (late <= LATE_MS) return 0;
      if (late > SUSPENDED_MS) this.#leadMs = Math.max(this.#leadMs, AFTER_SUSPENSION_MS);
    }
    return 0;
  }

  #isShared(place: string, destination: string): boolean {
    const known = this.#known.get(place);
    if (known?.has(destination) === true) return known.size > 1 || this.#seen.has(place);
    if (this.#seen.size < MOST_SEEN) this.#seen.add(place);
    // A rule names the place: who else posts there is not known.
    return true;
  }

  /**
   * Reserves a turn, unless the place is held. If the state does not answer, it is now: the product refuses what is too fast, and it is sent again.
   *
   * @param passed the turn that this caller has reserved and not taken. Nobody waits for it.
   */
  async #reserved(place: string, intervalMs: number, passed: Turn | undefined): Promise<Turn> {
    const { clock } = this.#deps;
    let decidedAt = 0;
    const turn = await this.#changed<Turn>(place, (stored) => {
      decidedAt = clock.monotonic();
      const heldMs = this.#leftOf(stored);
      if (heldMs > 0) return { keep: { at: clock.now(), nextAt: 0, heldMs } };
      const soonest = clock.now() + this.#leadMs;
      const isOwn = passed !== undefined && stored.nextAt === passed.nextAt;
      const at = isOwn ? soonest : Math.max(soonest, turnOf(stored, clock.now()));
      const nextAt = at + pauseOf({ intervalMs });
      return { write: { v: 1, nextAt, ...FREE }, result: { at, nextAt, heldMs: 0 } };
    });
    if (turn === undefined) return { at: clock.now(), nextAt: 0, heldMs: 0 };
    const tookMs = clock.monotonic() - decidedAt;
    this.#leadMs = tookMs <= LATE_MS ? 0 : Math.min(MOST_LEAD_MS, Math.ceil(1.5 * tookMs));
    return turn;
  }

  /** Changes the record of a place; undefined where the state does not answer, or others write it all the time. */
  async #changed<R>(
    place: string,
    decide: (stored: PlaceRecord) => Decision<PlaceRecord, R>,
  ): Promise<R | undefined> {
    const { documents, clock } = this.#deps;
    const document = replacingDamaged(
      sharedDocument(documents, `places/${place}`, (value) => recordSchema.safeParse(value).data),
    );
    try {
      const outcome = await updateDocument<PlaceRecord, R>(document, (stored = NO_RECORD) => decide(stored), {
        tries: TRIES,
        pause: { clock, ms: (failed) => Math.random() * Math.min(WAIT_MS, 10 * 2 ** failed) },
      });
      return outcome.kind === 'busy' ? undefined : outcome.result;
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      return undefined;
    }
  }
}

/** A turn, and when the one after it is, ms since the epoch. */
interface Turn {
  readonly at: number;
  readonly nextAt: number;
  /** There is none before the place is free again. Milliseconds. */
  readonly heldMs: number;
}

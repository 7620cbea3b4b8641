/** The pace of places that several destinations for people post to, over all consumers: a turn is reserved in a document of the place. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import { replacingDamaged, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { PlacePace, PlacePaces } from '../../destinations/place.ts';
import type { Clock } from '../../shared/clock.ts';
import { pauseOf, turnOf } from './turn.ts';

export interface PacesDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
}

const recordSchema = z.object({
  v: z.literal(1),
  /** Before this nothing is posted there, ms since the epoch. */
  nextAt: z.number(),
});

const NO_RECORD: z.infer<typeof recordSchema> = { v: 1, nextAt: 0 };

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
  /** How much ahead a turn is reserved, so that it has not passed when the state has stored it. Milliseconds. */
  #leadMs = 0;

  constructor(deps: PacesDeps) {
    this.#deps = deps;
  }

  /** @param places those that relay.yaml names, with the destinations that post there. */
  know(places: ReadonlyMap<string, ReadonlySet<string>>): void {
    this.#known = places;
  }

  of(destination: string): PlacePace {
    return {
      turn: async (place, intervalMs, signal) => {
        if (this.#isShared(place, destination)) await this.#turn(place, intervalMs, signal);
      },
    };
  }

  /** Where the state is slow, or the process was suspended, a turn passes before it can be taken, and another is reserved. */
  async #turn(place: string, intervalMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    let own: Turn | undefined;
    for (let tries = 1; tries <= RESERVATIONS; tries++) {
      own = await this.#reserved(place, intervalMs, own);
      const wait = own.at - clock.now();
      if (wait > 0) await clock.sleep(wait, signal);
      const late = clock.now() - own.at;
      if (late <= LATE_MS) return;
      if (late > SUSPENDED_MS) this.#leadMs = Math.max(this.#leadMs, AFTER_SUSPENSION_MS);
    }
  }

  #isShared(place: string, destination: string): boolean {
    const known = this.#known.get(place);
    if (known?.has(destination) === true) return known.size > 1 || this.#seen.has(place);
    if (this.#seen.size < MOST_SEEN) this.#seen.add(place);
    // A rule names the place: who else posts there is not known.
    return true;
  }

  /**
   * Reserves a turn. If the state does not answer, it is now: the product refuses what is too fast, and it is sent again.
   *
   * @param passed the turn that this caller has reserved and not taken. Nobody waits for it.
   */
  async #reserved(place: string, intervalMs: number, passed: Turn | undefined): Promise<Turn> {
    const { documents, clock } = this.#deps;
    const document = replacingDamaged(
      sharedDocument(documents, `places/${place}`, (value) => recordSchema.safeParse(value).data),
    );
    let decidedAt = 0;
    try {
      const outcome = await updateDocument(
        document,
        (stored = NO_RECORD) => {
          decidedAt = clock.monotonic();
          const soonest = clock.now() + this.#leadMs;
          const isOwn = passed !== undefined && stored.nextAt === passed.nextAt;
          const at = isOwn ? soonest : Math.max(soonest, turnOf(stored, clock.now()));
          const turn = { at, nextAt: at + pauseOf({ intervalMs }) };
          return { write: { v: 1 as const, nextAt: turn.nextAt }, result: turn };
        },
        {
          tries: TRIES,
          pause: { clock, ms: (failed) => Math.random() * Math.min(WAIT_MS, 10 * 2 ** failed) },
        },
      );
      const tookMs = clock.monotonic() - decidedAt;
      this.#leadMs = tookMs <= LATE_MS ? 0 : Math.min(MOST_LEAD_MS, Math.ceil(1.5 * tookMs));
      return outcome.kind === 'busy' ? { at: clock.now(), nextAt: 0 } : outcome.result;
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      return { at: clock.now(), nextAt: 0 };
    }
  }
}

/** A turn, and when the one after it is, ms since the epoch. */
interface Turn {
  readonly at: number;
  readonly nextAt: number;
}

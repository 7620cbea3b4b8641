/** The pace of places that several destinations for people post to, over all consumers: a turn is reserved in a document of the place. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import { sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
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

/** How often a turn is asked for while other consumers take theirs, and the longest pause between. Milliseconds. */
const TRIES = 20;
const WAIT_MS = 250;
/** Of those, so many are remembered. */
const MOST_SEEN = 1_000;

export class SharedPaces implements PlacePaces {
  readonly #deps: PacesDeps;
  /** By place, the destinations that relay.yaml has posting there. */
  #known: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** Places that this process has posted to although relay.yaml does not name them for the destination: rules may name channels, too. */
  readonly #seen = new Set<string>();

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
        if (!this.#isShared(place, destination)) return;
        const wait = (await this.#reserved(place, intervalMs)) - this.#deps.clock.now();
        if (wait > 0) await this.#deps.clock.sleep(wait, signal);
      },
    };
  }

  #isShared(place: string, destination: string): boolean {
    const known = this.#known.get(place);
    if (known?.has(destination) === true) return known.size > 1 || this.#seen.has(place);
    if (this.#seen.size < MOST_SEEN) this.#seen.add(place);
    // A rule names the place: who else posts there is not known.
    return true;
  }

  /** The turn, ms since the epoch. If the state does not answer, it is now: the product refuses what is too fast, and it is sent again. */
  async #reserved(place: string, intervalMs: number): Promise<number> {
    const { documents, clock } = this.#deps;
    const document = sharedDocument(
      documents,
      `places/${place}`,
      (value) => recordSchema.safeParse(value).data,
    );
    try {
      const outcome = await updateDocument(
        document,
        (stored) => {
          const turn = turnOf(stored ?? { nextAt: 0 }, clock.now());
          return { write: { v: 1 as const, nextAt: turn + pauseOf({ intervalMs }) }, result: turn };
        },
        {
          tries: TRIES,
          pause: { clock, ms: (failed) => Math.random() * Math.min(WAIT_MS, 10 * 2 ** failed) },
        },
      );
      return outcome.kind === 'busy' ? clock.now() : outcome.result;
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      return clock.now();
    }
  }
}

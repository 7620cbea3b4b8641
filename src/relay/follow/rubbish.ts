/** Documents among the heartbeats that are none: remembers since when, and removes those that nobody has written for long. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';

/**
 * A process whose heartbeat was damaged goes on under another id within a minute, so nobody writes the document any more. An hour leaves a
 * person who repairs the state by hand the time to do it. Milliseconds.
 */
const LEFT_MS = 60 * 60_000;

/** A document that is no heartbeat. */
export interface NoHeartbeat {
  /** Its name. */
  readonly name: string;
  /** Undefined where its content is not JSON. */
  readonly etag: string | undefined;
}

interface Seen extends NoHeartbeat {
  /** Since when it was found like this in each look, by this process's monotonic clock. */
  readonly since: number;
}

export interface RubbishDeps {
  readonly documents: Pick<StateDocuments, 'remove'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
}

/** What is no heartbeat, as one process has seen it. Each costs a read in each look, of each process. */
export class Rubbish {
  readonly #deps: RubbishDeps;
  #seen: ReadonlyMap<string, Seen> = new Map();

  constructor(deps: RubbishDeps) {
    this.#deps = deps;
  }

  /** Takes what one look found, and removes at most one that was found unchanged for an hour. Throws CheckpointError. */
  async found(documents: readonly NoHeartbeat[]): Promise<void> {
    const now = this.#deps.clock.monotonic();
    const seen = documents.map(({ name, etag }): Seen => {
      const before = this.#seen.get(name);
      return { name, etag, since: before?.etag === etag ? (before?.since ?? now) : now };
    });
    this.#seen = new Map(seen.map((one) => [one.name, one]));
    const old = seen.find(({ since }) => now - since >= LEFT_MS);
    if (old) await this.#remove(old);
  }

  async #remove({ name, etag }: NoHeartbeat): Promise<void> {
    const { documents, logger } = this.#deps;
    try {
      await documents.remove(name, etag);
    } catch (error) {
      // Somebody has written it just now: the next look sees what it is.
      if (codeOf(error) === 'checkpoint_conflict') return;
      throw error;
    }
    logger.warn('A document among the heartbeats was none, and nobody wrote it for an hour: it is removed', {
      document: name,
    });
  }
}

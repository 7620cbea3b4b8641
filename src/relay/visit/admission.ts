/** Asks, before a visit for one cursor sends its first row, whether the destination's breaker and its held tables permit sending. */
import type { ManagedDestination } from '../../delivery/managed-destination.ts';

/** The admission of one visit. A probe is begun only if there is a row to send, so that blobs without one neither wait for a probe nor block it. */
export class Admission {
  readonly #target: ManagedDestination;
  readonly #table: string;
  readonly #turnMs: number;
  #isProbe = false;

  /** @param turnMs how long other visits may probe first. */
  constructor(target: ManagedDestination, table: string, turnMs: number) {
    this.#target = target;
    this.#table = table;
    this.#turnMs = turnMs;
  }

  /** Asks for permission to send. Returns undefined if rows may be sent, perhaps as a probe, or when to ask again, ms since the epoch. */
  async ask(): Promise<number | undefined> {
    const { breaker, holds } = this.#target;
    const wasOpen = breaker.record !== undefined;
    const until = await breaker.admit(this.#turnMs);
    this.#isProbe = wasOpen && until === undefined;
    return until ?? (await holds.admit(this.#table));
  }

  /** Ends this visit's probe if it had no result, so that another visit may probe. */
  async end(): Promise<void> {
    if (this.#isProbe) await this.#target.breaker.endProbe();
  }
}

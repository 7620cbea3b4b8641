/** What a visit for one cursor asks before its first row goes out: whether its destination and its table let it through. */
import type { ManagedDestination } from '../../delivery/managed-destination.ts';

/** Of one visit. A probe is taken when there is a row to send, so that blobs without one neither wait for it nor hold it. */
export class Admission {
  readonly #target: ManagedDestination;
  readonly #table: string;
  readonly #turnMs: number;
  #isProbe = false;

  /** @param turnMs how long others may probe first. */
  constructor(target: ManagedDestination, table: string, turnMs: number) {
    this.#target = target;
    this.#table = table;
    this.#turnMs = turnMs;
  }

  /** Undefined: rows may be sent, perhaps as a probe. Else when to ask again, ms since the epoch. */
  async ask(): Promise<number | undefined> {
    const { breaker, holds } = this.#target;
    const wasOpen = breaker.record !== undefined;
    const until = await breaker.admit(this.#turnMs);
    this.#isProbe = wasOpen && until === undefined;
    return until ?? (await holds.admit(this.#table));
  }

  /** Lets another probe where this visit's brought no answer. */
  async end(): Promise<void> {
    if (this.#isProbe) await this.#target.breaker.endProbe();
  }
}

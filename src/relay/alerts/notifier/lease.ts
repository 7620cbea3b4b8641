/** The lease of one consumer: it is held while something is said, so that no other consumer says the same. */
import { isSendError, type SendError } from '../../../delivery/failure.ts';
import { RetryableError, RowsRefusedError } from '../../../destinations/errors.ts';
import type { Messenger, Posted } from '../../../destinations/messenger.ts';
import type { Clock } from '../../../shared/clock.ts';
import { messageOf } from '../../../shared/errors.ts';
import type { AlertDocuments } from '../documents.ts';
import { LEASE_MS, NO_INDEX } from '../index-document.ts';
import { pacedAfter } from '../turn.ts';
import type { KnownIndex } from './known-index.ts';

/** How often a lease is renewed while its holder waits for its turn and acts. Milliseconds. */
const RENEW_MS = 1_500;
/**
 * If the lease was confirmed longer ago than this, the process may have been suspended, or the state is slow: it is renewed before anything is
 * said, because another consumer may have said it meanwhile. Milliseconds.
 */
const CONFIRMED_MS = LEASE_MS - 1_000;
/** No message may take longer. Milliseconds. */
const SAY_MS = 2 * 60_000;

/** The reason why a message is given up: another consumer says what is due now. */
const TAKEN_OVER = new Error('another consumer says what is due');

/** How a try to say something ended. */
export type Said =
  | { readonly kind: 'said'; readonly posted: Posted | undefined }
  | { readonly kind: 'failed'; readonly error: SendError }
  | { readonly kind: 'lost' };

export interface LeaseDeps {
  readonly documents: AlertDocuments;
  readonly clock: Clock;
  readonly known: KnownIndex;
  readonly messenger: Pick<Messenger, 'intervalMs' | 'updates'>;
}

export class Lease {
  readonly owner: string = crypto.randomUUID();
  readonly #deps: LeaseDeps;
  #isHeld = false;
  /** When this consumer last read or wrote that the lease is its own, by the monotonic clock. */
  #confirmedAt = Number.NEGATIVE_INFINITY;
  /** Aborted when another consumer has the lease, while {@link keep} runs. */
  #lost = new AbortController();
  #saying: Promise<unknown> = Promise.resolve();
  #sayingSince = Number.NEGATIVE_INFINITY;
  #saidAt: number | undefined;

  constructor(deps: LeaseDeps) {
    this.#deps = deps;
  }

  /** Records whether the index gives the lease to this consumer. @param at when that was decided, by the monotonic clock. */
  held(isHeld: boolean, at: number): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#confirmedAt = at;
  }

  /** When this process last began to say something, by the monotonic clock. */
  get sayingSince(): number {
    return this.#sayingSince;
  }

  /** When what this process said last had ended, ms since the epoch. */
  get saidAt(): number | undefined {
    return this.#saidAt;
  }

  /** Resolves when the message that is under way has ended. */
  async idle(): Promise<void> {
    await this.#saying.catch(() => {});
  }

  /** Does what the lease is for while the lease is renewed. @param work is given a signal that is aborted when another consumer has the lease. */
  async keep(work: (lost: AbortSignal) => Promise<void>): Promise<void> {
    const { clock } = this.#deps;
    const lost = new AbortController();
    this.#lost = lost;
    let isOver = false;
    let cancel = () => {};
    const renewLater = () => {
      cancel = clock.after(RENEW_MS, () => {
        // If the state cannot be reached, nobody else may be able to take the lease either; before something is said, that is made sure of.
        const renewed = this.#renewed().catch(() => true);
        void renewed.then((isOurs) => {
          if (!isOurs) lost.abort(TAKEN_OVER);
          else if (!isOver) renewLater();
        });
      });
    };
    renewLater();
    try {
      await work(lost.signal);
    } finally {
      isOver = true;
      cancel();
    }
  }

  /**
   * Says something, within {@link keep}, if the lease is still this consumer's. What the destination has not answered when the lease is lost is
   * given up. Throws CheckpointError where nothing was said because the lease could not be confirmed.
   */
  async during(say: (signal: AbortSignal) => Promise<Posted | undefined>): Promise<Said> {
    const { clock } = this.#deps;
    if (clock.monotonic() - this.#confirmedAt > CONFIRMED_MS && !(await this.#renewed())) {
      return { kind: 'lost' };
    }
    const limit = new AbortController();
    const cancelLimit = clock.after(SAY_MS, () => limit.abort(new Error('too long')));
    this.#sayingSince = clock.monotonic();
    const given = AbortSignal.any([this.#lost.signal, limit.signal]);
    const saying = say(given);
    this.#saying = saying.catch(() => {});
    try {
      return { kind: 'said', posted: (await saying)?.slice(0, 512) };
    } catch (error) {
      if (isSendError(error)) return { kind: 'failed', error };
      if (this.#lost.signal.aborted) return { kind: 'lost' };
      if (given.aborted) {
        return { kind: 'failed', error: new RetryableError('timeout', 'The message took too long') };
      }
      // The message cannot even be made. To try again for ever would keep all others waiting.
      const refused = new RowsRefusedError('rows_refused', `The message failed: ${messageOf(error)}`, {
        cause: error,
      });
      return { kind: 'failed', error: refused };
    } finally {
      this.#saidAt = clock.now();
      cancelLimit();
    }
  }

  /** Renews the lease; false where another consumer has it. Throws CheckpointError. */
  async #renewed(): Promise<boolean> {
    const { documents, clock } = this.#deps;
    let decidedAt = 0;
    const isOurs = await documents.changeIndex((index = NO_INDEX) => {
      if (index.lease?.owner !== this.owner) return { keep: false };
      decidedAt = clock.monotonic();
      const lease = { owner: this.owner, until: clock.now() + LEASE_MS };
      return { write: { ...index, lease }, result: true };
    });
    if (isOurs) this.#confirmedAt = decidedAt;
    return isOurs;
  }

  /** Gives the lease up, so that another consumer may take it, and tells the index what is left to tell. Never rejects: the lease ends by itself. */
  async release(): Promise<void> {
    const { documents, known, messenger, clock } = this.#deps;
    if (!this.#isHeld && known.told.size === 0) return;
    await documents
      .changeIndex((stored = NO_INDEX) => {
        const index = known.completed(stored);
        const { lease, ...rest } = pacedAfter(index, messenger, { saidAt: this.#saidAt, now: clock.now() });
        const kept = lease && lease.owner !== this.owner ? { ...rest, lease } : rest;
        return { write: kept, result: undefined };
      })
      .catch(() => {});
    this.#isHeld = false;
  }
}

/** Keeps a claim alive while work is done under it, and knows without asking when it no longer holds. */
import type { BlobRef } from '../shared/blob-ref.ts';
import type { Clock } from '../shared/clock.ts';
import type { CursorRef } from '../shared/cursor-ref.ts';
import { codeOf } from '../shared/errors.ts';
import { CheckpointError } from './errors.ts';
import type { CheckpointStore, Claim } from './port.ts';

/** Nobody may start a request this close to the claim's end: it would reach the destination after it. Milliseconds. */
const MARGIN_MS = 2_000;

/**
 * Keeps a claim alive while its blob is worked on.
 *
 * The end of the claim is measured on our own monotonic clock from before the request was sent, so a process that was
 * suspended finds out by itself, without asking anybody, that it may not send any more.
 */
export class ClaimKeeper {
  readonly #claim: Claim;
  readonly #clock: Clock;
  readonly #done = new AbortController();
  readonly #lost = new AbortController();
  #validUntil: number;
  readonly #renewing: Promise<void>;

  /** @param askedAt monotonic time from before the claim was asked for. */
  constructor(claim: Claim, clock: Clock, askedAt: number) {
    this.#claim = claim;
    this.#clock = clock;
    this.#validUntil = askedAt + claim.durationMs;
    this.#renewing = this.#renew();
  }

  /** Aborted with a CheckpointError `claim_lost` when the claim is known to be lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Throws CheckpointError `claim_lost` unless the claim is certainly ours for another moment. */
  readonly assertHeld = (): void => {
    this.#lost.signal.throwIfAborted();
    if (this.#clock.monotonic() > this.#validUntil - MARGIN_MS) throw lost();
  };

  /**
   * Renews it no longer, and keeps it as long as it lasts. Undefined where it is lost; else when it was asked for or renewed last, monotonic
   * milliseconds.
   */
  async rest(): Promise<number | undefined> {
    this.#done.abort();
    await this.#renewing;
    return this.#lost.signal.aborted ? undefined : this.#validUntil - this.#claim.durationMs;
  }

  /** Gives the claim up for others to take at once. */
  async release(): Promise<void> {
    this.#done.abort();
    await this.#renewing;
    if (!this.#lost.signal.aborted) await this.#claim.release();
  }

  async #renew(): Promise<void> {
    const { durationMs } = this.#claim;
    // One that was kept from an earlier visit is not new.
    let pause = Math.max(durationMs / 6, this.#validUntil - (2 * durationMs) / 3 - this.#clock.monotonic());
    while (!this.#done.signal.aborted) {
      try {
        await this.#clock.sleep(pause, this.#done.signal);
      } catch {
        return;
      }
      pause = durationMs / 3;
      const askedAt = this.#clock.monotonic();
      try {
        await this.#claim.renew();
        this.#validUntil = askedAt + this.#claim.durationMs;
      } catch (error) {
        // Trouble with the storage is passing, as long as the claim still runs: the next round asks again.
        if (codeOf(error) === 'claim_lost' || this.#clock.monotonic() > this.#validUntil) {
          this.#lost.abort(lost(error));
          return;
        }
      }
    }
  }
}

/**
 * Does `work` under the claim on a blob, or on one of its cursors, and gives it up afterwards. Undefined when another consumer holds it.
 */
export async function underClaim<T>(
  { checkpoints, clock }: { readonly checkpoints: CheckpointStore; readonly clock: Clock },
  ref: BlobRef,
  cursor: CursorRef | undefined,
  work: (keeper: ClaimKeeper) => Promise<T>,
): Promise<T | undefined> {
  const askedAt = clock.monotonic();
  const claim = await checkpoints.claim(ref, cursor);
  if (!claim) return undefined;
  const keeper = new ClaimKeeper(claim, clock, askedAt);
  try {
    return await work(keeper);
  } finally {
    await keeper.release();
  }
}

function lost(cause?: unknown): CheckpointError {
  return new CheckpointError(
    'claim_lost',
    'The claim on the blob was lost: another consumer may work on it',
    {
      cause,
    },
  );
}

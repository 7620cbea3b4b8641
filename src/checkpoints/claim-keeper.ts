/** Renews a claim while work is done under it, and detects by its own clock when the claim has expired. */
import type { BlobRef } from '../shared/blob-ref.ts';
import type { Clock } from '../shared/clock.ts';
import type { CursorRef } from '../shared/cursor-ref.ts';
import { codeOf } from '../shared/errors.ts';
import { CheckpointError } from './errors.ts';
import type { CheckpointStore, Claim } from './port.ts';

/** So long before the claim's end no request may be started, because it could reach the destination after the end. Milliseconds. */
const MARGIN_MS = 2_000;

/**
 * Renews a claim while its blob is processed.
 *
 * The end of the claim is measured on this process's monotonic clock, from before the request was sent. So a process that was suspended
 * notices by itself, without a request, that it may not send any more.
 */
export class ClaimKeeper {
  readonly #claim: Claim;
  readonly #clock: Clock;
  readonly #done = new AbortController();
  readonly #lost = new AbortController();
  #validUntil: number;
  readonly #renewing: Promise<void>;

  /** @param askedAt the monotonic time before the claim was requested. */
  constructor(claim: Claim, clock: Clock, askedAt: number) {
    this.#claim = claim;
    this.#clock = clock;
    this.#validUntil = askedAt + claim.durationMs;
    this.#renewing = this.#renew();
  }

  /** A signal that is aborted with a CheckpointError `claim_lost` when the claim is known to be lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Throws CheckpointError `claim_lost` unless this process certainly holds the claim long enough to send a request. */
  readonly assertHeld = (): void => {
    this.#lost.signal.throwIfAborted();
    if (this.#clock.monotonic() > this.#validUntil - MARGIN_MS) throw lost();
  };

  /**
   * Ends the renewals, but does not release the claim, which lasts until it expires. Returns when it was last requested or renewed, in
   * monotonic milliseconds; undefined if it is lost.
   */
  async rest(): Promise<number | undefined> {
    this.#done.abort();
    await this.#renewing;
    return this.#lost.signal.aborted ? undefined : this.#validUntil - this.#claim.durationMs;
  }

  /** Releases the claim, so that another consumer can take it at once. */
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
        // A failed request is retried in the next round as long as the claim has not expired.
        if (codeOf(error) === 'claim_lost' || this.#clock.monotonic() > this.#validUntil) {
          this.#lost.abort(lost(error));
          return;
        }
      }
    }
  }
}

/**
 * Does `work` under the claim on a blob, or on one of its cursors, and releases the claim afterwards. Undefined if another consumer
 * holds it.
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

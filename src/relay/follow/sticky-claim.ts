/** A claim that a follower keeps from one visit to the next, and renews only when there is something to read. */
import { ClaimKeeper } from '../../checkpoints/claim-keeper.ts';
import type { CheckpointStore, Claim } from '../../checkpoints/port.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf } from '../../shared/errors.ts';

/** The claim for one visit. */
export interface HeldClaim {
  readonly keeper: ClaimKeeper;
  /** Nobody else held the claim since this follower held it last: what it knows of the blob's visits still holds. */
  readonly isUnbroken: boolean;
}

/**
 * Between visits the claim is not renewed and may run out. It can be renewed even then, unless another consumer took it meanwhile: so a
 * renewal that succeeds proves that there was no visit in between.
 */
export class StickyClaim {
  readonly #store: Pick<CheckpointStore, 'claim'>;
  readonly #ref: BlobRef;
  readonly #clock: Clock;
  #claim: Claim | undefined;
  /** From before the claim was asked for, or renewed last. Monotonic, milliseconds. */
  #askedAt = 0;

  constructor(store: Pick<CheckpointStore, 'claim'>, ref: BlobRef, clock: Clock) {
    this.#store = store;
    this.#ref = ref;
    this.#clock = clock;
  }

  /** Takes or renews the claim; undefined while another consumer holds it. {@link rest} follows. Throws CheckpointError. */
  async hold(): Promise<HeldClaim | undefined> {
    const kept = this.#claim && (await this.#renewed(this.#claim));
    if (kept) return { keeper: new ClaimKeeper(kept, this.#clock, this.#askedAt), isUnbroken: true };
    const askedAt = this.#clock.monotonic();
    const claim = await this.#store.claim(this.#ref);
    if (!claim) return undefined;
    this.#claim = claim;
    this.#askedAt = askedAt;
    return { keeper: new ClaimKeeper(claim, this.#clock, askedAt), isUnbroken: false };
  }

  /** The visit is over; the claim stays as long as it lasts. */
  async rest(keeper: ClaimKeeper): Promise<void> {
    const askedAt = await keeper.rest();
    if (askedAt === undefined) this.#claim = undefined;
    else this.#askedAt = askedAt;
  }

  /** Gives it up for others to take at once. */
  async release(): Promise<void> {
    const claim = this.#claim;
    this.#claim = undefined;
    // One that has run out need not be given up.
    if (claim && this.#clock.monotonic() < this.#askedAt + claim.durationMs) await claim.release();
  }

  async #renewed(claim: Claim): Promise<Claim | undefined> {
    const askedAt = this.#clock.monotonic();
    if (askedAt < this.#askedAt + claim.durationMs / 3) return claim;
    try {
      await claim.renew();
      this.#askedAt = askedAt;
      return claim;
    } catch (error) {
      if (codeOf(error) !== 'claim_lost') throw error;
      this.#claim = undefined;
      return undefined;
    }
  }
}

/** A claim that a follower keeps between visits, and renews only when there is something to read. */
import { ClaimKeeper } from '../../checkpoints/claim-keeper.ts';
import type { CheckpointStore, Claim } from '../../checkpoints/port.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf } from '../../shared/errors.ts';

/**
 * A claim of which this share has passed is renewed before a visit. What is left, 10 s of 30, suffices until the visit's own renewals, the
 * first of which is a sixth of the claim's time after its beginning. A blob that is visited every 5 s costs a renewal every 20 s.
 */
const OLD = 2 / 3;

/** The claim for one visit. */
export interface HeldClaim {
  readonly keeper: ClaimKeeper;
  /** Whether no other consumer has held the claim since this follower last held it, so that what the follower knows about the blob is still valid. */
  readonly isUnbroken: boolean;
}

/**
 * Between visits the claim is not renewed and may expire. It can be renewed even then, unless another consumer has taken it meanwhile. So a
 * renewal that succeeds proves that there was no other visit in between.
 */
export class StickyClaim {
  readonly #store: Pick<CheckpointStore, 'claim'>;
  readonly #ref: BlobRef;
  readonly #clock: Clock;
  #claim: Claim | undefined;
  /** The time before the claim was requested or last renewed, in monotonic milliseconds. */
  #askedAt = 0;

  constructor(store: Pick<CheckpointStore, 'claim'>, ref: BlobRef, clock: Clock) {
    this.#store = store;
    this.#ref = ref;
    this.#clock = clock;
  }

  /** Takes or renews the claim; undefined while another consumer holds it. The caller must call {@link rest} afterwards. Throws CheckpointError. */
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

  /** Ends the visit. The claim is kept until it expires. */
  async rest(keeper: ClaimKeeper): Promise<void> {
    const askedAt = await keeper.rest();
    if (askedAt === undefined) this.#claim = undefined;
    else this.#askedAt = askedAt;
  }

  /** Releases the claim, so that another consumer can take it at once. */
  async release(): Promise<void> {
    const claim = this.#claim;
    this.#claim = undefined;
    // An expired claim need not be released.
    if (claim && this.#clock.monotonic() < this.#askedAt + claim.durationMs) await claim.release();
  }

  async #renewed(claim: Claim): Promise<Claim | undefined> {
    const askedAt = this.#clock.monotonic();
    if (askedAt < this.#askedAt + claim.durationMs * OLD) return claim;
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

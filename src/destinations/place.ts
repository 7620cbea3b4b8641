/** A place where messages for people appear, such as a channel, and the pace that all destinations keep which post to it. */
import { shortDigest } from '../shared/digest.ts';
import { RetryableError } from './errors.ts';

/** Keeps the pace of the places that one destination posts to and others may post to as well. */
export interface PlacePace {
  /**
   * Resolves with 0 when a message may be posted to a place: at once where no other destination posts there, since a destination keeps
   * its own pace. Resolves at once with the milliseconds that are left where the place is held: see {@link PlacePace.hold}. Rejects with the signal's
   * reason only.
   *
   * @param place see {@link placeKey}.
   * @param intervalMs milliseconds between two messages, as the product allows.
   */
  turn(place: string, intervalMs: number, signal: AbortSignal): Promise<number>;
  /** The product asked that nothing be posted to a place for `ms` milliseconds: no destination does. Never rejects. */
  hold(place: string, ms: number): Promise<void>;
}

/** The pace of places for each destination of relay.yaml. */
export interface PlacePaces {
  /** @param destination its name. */
  of(destination: string): PlacePace;
}

/**
 * Names a place in the state: 16 characters of base64url. It is a digest, since an address or a key among the parts may be a secret.
 *
 * @param parts the product, and what it limits the pace of.
 */
export function placeKey(...parts: readonly string[]): string {
  return shortDigest(JSON.stringify(parts));
}

/** A place asked for a pause before, and it is not over: nothing was sent. */
export class HeldPlaceError extends RetryableError {
  constructor(retryAfterMs: number) {
    super('throttled', 'The place asked for a pause, which is not over', { retryAfterMs });
  }
}

/** What {@link postAt} posts to. */
export interface PostedPlace {
  /** Absent: no other destination posts anywhere. */
  readonly pace: PlacePace | undefined;
  /** See {@link placeKey}. */
  readonly place: string;
  /** See {@link PlacePace.turn}. */
  readonly intervalMs: number;
}

/**
 * Posts to a place at its turn. Where the product answers that it wants a pause, no destination posts there until it is over.
 * Throws HeldPlaceError without a request where the place is held, and what `post` throws.
 */
export async function postAt<T>(
  { pace, place, intervalMs }: PostedPlace,
  post: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const leftMs = (await pace?.turn(place, intervalMs, signal)) ?? 0;
  if (leftMs > 0) throw new HeldPlaceError(leftMs);
  try {
    return await post();
  } catch (error) {
    if (error instanceof RetryableError && error.retryAfterMs !== undefined && error.retryAfterMs > 0) {
      await pace?.hold(place, error.retryAfterMs);
    }
    throw error;
  }
}

/** A place where messages for people appear, such as a channel, and the pace that all destinations keep which post to it. */
import { shortDigest } from '../shared/digest.ts';

/** Keeps the pace of the places that one destination posts to and others may post to as well. */
export interface PlacePace {
  /**
   * Resolves when a message may be posted to a place: at once where no other destination posts there, since a destination keeps its own
   * pace. Rejects with the signal's reason only.
   *
   * @param place see {@link placeKey}.
   * @param intervalMs milliseconds between two messages, as the product allows.
   */
  turn(place: string, intervalMs: number, signal: AbortSignal): Promise<void>;
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

/** Decides how long a destination for people, or one message, waits after a failure, and when a message is given up. */

import { LONGEST_RETRY_MS } from '../../alerts/groups/limits.ts';
import type { Group } from '../../alerts/groups/state.ts';
import { askedWait, kindOf, type SendError } from '../../delivery/failure.ts';
import {
  DestinationRefusedError,
  PlaceBusyError,
  PlaceRefusedError,
  RowsRefusedError,
} from '../../destinations/errors.ts';
import { HeldPlaceError } from '../../destinations/place.ts';
import type { AlertIndex, Pause } from './index-document.ts';

/** Pauses of the destination: the first and the longest. Milliseconds. */
const FIRST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;
/** The same where somebody has to change a setting. One try a minute disturbs no product, and people are told soon after the change. */
const REFUSED_FIRST_MS = 10_000;
const REFUSED_LONGEST_MS = 60_000;
/** Pauses of one message. They are short: it may be the destination's fault, which is over at any time. */
const OWN_FIRST_MS = 5_000;
const OWN_LONGEST_MS = 2 * 60_000;
const LEAST_BUSY_MS = 1_000;
/** A message that failed so often while the destination took others goes to the dead letters. */
const MOST_TRIES = 8;
/** One that was refused in so many words goes there sooner: a proxy in front of the destination may say so once, too. */
const MOST_REFUSALS = 4;
const MOST_REFUSALS_WHILE_OTHERS_PASS = 2;
/** So does one that failed as often for so long, whatever else the destination did. Milliseconds. */
const GIVE_UP_MS = 24 * 60 * 60_000;

/** The pause of the destination after a failure that may not be the message's own. */
export function pauseAfter({ pause }: AlertIndex, error: SendError, now: number): Pause {
  const failures = (pause?.failures ?? 0) + 1;
  const isRefused = error instanceof DestinationRefusedError;
  const own = isRefused
    ? doubled(REFUSED_FIRST_MS, REFUSED_LONGEST_MS, failures)
    : doubled(FIRST_MS, LONGEST_MS, failures);
  const ms = Math.max(own, askedWait(error));
  return {
    until: now + ms,
    ms,
    failures,
    since: pause?.since ?? now,
    code: error.code,
    message: error.message.slice(0, 1_000),
  };
}

/**
 * When a message that failed is tried again, ms since the epoch. A destination that was not reached says nothing about the message, nor does a
 * place that had too many of them.
 */
export function retryAt(trouble: Group['trouble'], error: SendError, now: number): number {
  if (error instanceof HeldPlaceError) return now;
  if (error instanceof PlaceBusyError) return now + busyMs(error);
  if (error instanceof PlaceRefusedError) {
    return now + doubled(REFUSED_FIRST_MS, REFUSED_LONGEST_MS, (trouble?.failures ?? 0) + 1);
  }
  if (kindOf(error) === 'unreached' || error instanceof DestinationRefusedError) return now;
  const own = doubled(OWN_FIRST_MS, OWN_LONGEST_MS, (trouble?.failures ?? 0) + 1);
  return now + Math.min(LONGEST_RETRY_MS, Math.max(own, askedWait(error)));
}

/** How long a place is left alone that has taken too many messages. Milliseconds: at least a second, so that it is not tried without a pause. */
export function busyMs({ retryAfterMs }: PlaceBusyError): number {
  return Math.min(LONGEST_RETRY_MS, Math.max(LEAST_BUSY_MS, retryAfterMs));
}

/** Whether the failure says nothing about the message, so that it is not counted as one of its own. */
export function isOthers(error: SendError): boolean {
  return error instanceof HeldPlaceError || error instanceof PlaceBusyError;
}

/**
 * Whether a message goes to the dead letters after this failure. That others pass is counted, not timed: consumers' clocks may differ by a
 * day, which must not give a message up after two tries.
 *
 * @param accepted how often the destination was seen to take messages: `accepted` of the index.
 */
export function isGivenUp(
  trouble: Group['trouble'],
  error: SendError,
  { accepted, now }: { readonly accepted: number; readonly now: number },
): boolean {
  // Somebody may mend the place, as they may the destination, but what waits for it has a bound of its own.
  const isOfPlace = error instanceof PlaceRefusedError || error instanceof PlaceBusyError;
  if (isOfPlace) return trouble !== undefined && now - trouble.since >= GIVE_UP_MS;
  if (error instanceof HeldPlaceError) return false;
  if (error instanceof DestinationRefusedError || trouble === undefined) return false;
  const failures = trouble.failures + 1;
  const othersPass = accepted > (trouble.accepted ?? accepted);
  if (error instanceof RowsRefusedError) {
    const refusals = (trouble.refusals ?? 0) + 1;
    if (refusals >= (othersPass ? MOST_REFUSALS_WHILE_OTHERS_PASS : MOST_REFUSALS)) return true;
  }
  return failures >= MOST_TRIES && (othersPass || now - trouble.since >= GIVE_UP_MS);
}

function doubled(first: number, longest: number, failures: number): number {
  return Math.min(longest, first * 2 ** Math.min(failures - 1, 20));
}

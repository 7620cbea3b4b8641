/** Records in the index whether the destination takes messages: its last acceptance, and its pause. */
import { isAhead } from '../../../alerts/groups/state.ts';
import type { Message } from '../../../alerts/message.ts';
import type { SendError } from '../../../delivery/failure.ts';
import { PlaceBusyError, PlaceRefusedError } from '../../../destinations/errors.ts';
import { loggedError } from '../../../shared/errors.ts';
import { busyMs, pauseAfter } from '../failures.ts';
import {
  NO_INDEX,
  type PlaceRefusal,
  placeHeldUntil,
  withoutRefusals,
  withRefusal,
} from '../index-document.ts';
import { counted, type Parts } from './parts.ts';

/** Acceptances within this time count once. Milliseconds. */
const COUNTED_MS = 10_000;

type Availability = Pick<
  Parts,
  'documents' | 'clock' | 'logger' | 'metrics' | 'destination' | 'known' | 'messenger' | 'lease'
>;

/**
 * The destination took messages: its pause is over, and the places of these take messages, too. Not where another consumer has said messages
 * since: what that one has seen is newer, and an old acceptance must not give up a message that was refused after it.
 */
export async function accepted(
  { documents, clock, logger, destination, known, messenger, lease }: Availability,
  messages: readonly Message[],
): Promise<void> {
  const { acceptedAt = 0, pause: wasPaused, refused = {} } = known.last ?? {};
  const now = clock.now();
  const mended = new Set(
    Object.keys(refused).length === 0
      ? []
      : messages.flatMap((message) => messenger.placeOf?.(message) ?? []),
  );
  const isMended = [...mended].some((place) => Object.hasOwn(refused, place));
  const isCounted = now - acceptedAt < COUNTED_MS && !isAhead(acceptedAt, now);
  if (wasPaused === undefined && isCounted && !isMended) return;
  const isNews = await documents.changeIndex((index = NO_INDEX) => {
    if (index.lease?.owner !== lease.owner) return { keep: false };
    const { pause: _, ...rest } = withoutRefusals(index, mended);
    const accepted = (index.accepted ?? 0) + 1;
    return { write: { ...rest, acceptedAt: clock.now(), accepted }, result: true };
  });
  if (!isNews) return;
  if (wasPaused) logger.info('A destination takes messages again', { destination });
  if (isMended) {
    logger.info('A place of a destination takes messages again', {
      destination,
      places: [...mended].join(', '),
    });
  }
}

/** The destination took nothing: nothing is said for a while. A place of it that took nothing is noted, and what is for others is said. */
export async function paused(parts: Availability, error: SendError): Promise<void> {
  const { documents, clock, logger, destination } = parts;
  counted(parts, 'failed');
  if (error instanceof PlaceRefusedError) return placeRefused(parts, error, error);
  if (error instanceof PlaceBusyError) return placeBusy(parts, error);
  const pause = await documents.changeIndex((index = NO_INDEX) => {
    const next = pauseAfter(index, error, clock.now());
    return { write: { ...index, pause: next }, result: next };
  });
  logger[pause.failures === 1 ? 'error' : 'debug'](
    'A destination takes no messages; alerts are folded meanwhile',
    {
      destination,
      nextTrySeconds: Math.round(pause.ms / 1000),
      ...loggedError(error),
    },
  );
}

/** Only what is for this place waits. If changes of messages have to wait, each of them does by itself. */
async function placeBusy(parts: Availability, error: PlaceBusyError): Promise<void> {
  const { code, message, place } = error;
  const isKnown = placeHeldUntil(parts.known.last, place, parts.clock.now()) !== undefined;
  if (place !== undefined && !isKnown) {
    await placeRefused(parts, { place, code, message, holdMs: busyMs(error) }, error);
  }
}

async function placeRefused(
  { documents, clock, logger, destination, known }: Availability,
  refusal: PlaceRefusal,
  error: SendError,
): Promise<void> {
  const isNew = await documents.changeIndex((index = NO_INDEX) => {
    const next = withRefusal(index, refusal, clock.now());
    known.last = next;
    return { write: next, result: index.refused?.[refusal.place] === undefined };
  });
  logger[isNew ? 'error' : 'debug'](
    'A place of a destination takes no messages; those for other places are said',
    {
      destination,
      place: refusal.place,
      ...loggedError(error),
    },
  );
}

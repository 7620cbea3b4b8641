/** Records in the index whether the destination takes messages: its last acceptance, and its pause. */
import { isAhead } from '../../../alerts/groups/state.ts';
import type { SendError } from '../../../delivery/failure.ts';
import { loggedError } from '../../../shared/errors.ts';
import { pauseAfter } from '../failures.ts';
import { NO_INDEX } from '../index-document.ts';
import { counted, type Parts } from './parts.ts';

/** Acceptances within this time count once. Milliseconds. */
const COUNTED_MS = 10_000;

type Availability = Pick<Parts, 'documents' | 'clock' | 'logger' | 'metrics' | 'destination' | 'known'>;

/** The destination took a message: its pause is over. */
export async function accepted({
  documents,
  clock,
  logger,
  destination,
  known,
}: Availability): Promise<void> {
  const wasPaused = known.last?.pause;
  const { acceptedAt = 0 } = known.last ?? {};
  const now = clock.now();
  if (wasPaused === undefined && now - acceptedAt < COUNTED_MS && !isAhead(acceptedAt, now)) return;
  await documents.changeIndex((index = NO_INDEX) => {
    const { pause: _, ...rest } = index;
    const accepted = (index.accepted ?? 0) + 1;
    return { write: { ...rest, acceptedAt: clock.now(), accepted }, result: undefined };
  });
  if (wasPaused) logger.info('A destination takes messages again', { destination });
}

/** The destination took nothing: nothing is said for a while. */
export async function paused(parts: Availability, error: SendError): Promise<void> {
  const { documents, clock, logger, destination } = parts;
  counted(parts, 'failed');
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

/** Says what the relay has to say about itself. */
import { RowsRefusedError } from '../../../destinations/errors.ts';
import { loggedError } from '../../../shared/errors.ts';
import { isGivenUp, isOthers, retryAt } from '../failures.ts';
import { OPERATIONAL } from '../names.ts';
import { accepted, paused } from './availability.ts';
import { counted, type Parts } from './parts.ts';

export async function sayAboutRelay(parts: Parts): Promise<void> {
  const { operational, lease, messenger, logger, destination, clock, known } = parts;
  const pending = await operational.pending();
  if (pending === undefined) {
    await tellAboutRelay(parts);
    return;
  }
  const result = await lease.during((signal) => messenger.say(pending.message, pending.posted, signal));
  if (result.kind === 'said') {
    counted(parts, 'said');
    await operational.said(pending, result.posted);
    await accepted(parts, [pending.message]);
    await tellAboutRelay(parts);
    return;
  }
  if (result.kind === 'lost') return;
  const { error } = result;
  const isRefusal = error instanceof RowsRefusedError;
  const now = clock.now();
  const { accepted: seen = 0 } = known.last ?? {};
  if (isRefusal && isGivenUp(pending.trouble, error, { accepted: seen, now })) {
    counted(parts, 'refused');
    logger.error('A message about the relay was refused, and is not said', {
      destination,
      title: pending.message.title,
      ...loggedError(error),
    });
    await operational.said(pending, undefined);
  } else {
    const next = retryAt(pending.trouble, error, now);
    const failure = { retryAt: next, isRefusal, isOthers: isOthers(error), accepted: seen };
    if (next > now) await operational.failed(pending, failure);
    await paused(parts, error);
  }
  await tellAboutRelay(parts);
}

/** Tells the index what is left to say about the relay. */
export async function tellAboutRelay({ operational, known }: Parts): Promise<void> {
  const { entry, seq } = await operational.entry();
  known.told.set(OPERATIONAL, entry ?? { goneSince: seq });
}

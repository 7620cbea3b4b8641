/** Decides what becomes of a message that failed: it is tried again later, or goes to the dead letters. */
import type { DueMessage } from '../../../alerts/groups/due.ts';
import { failed } from '../../../alerts/groups/said.ts';
import type { Shard } from '../../../alerts/groups/state.ts';
import type { SendError } from '../../../delivery/failure.ts';
import { RowsRefusedError } from '../../../destinations/errors.ts';
import { loggedError } from '../../../shared/errors.ts';
import { letterOf } from '../dead-letter.ts';
import { isGivenUp, retryAt } from '../failures.ts';
import { paused } from './availability.ts';
import { counted, type Parts } from './parts.ts';

/** A message that is due, and its document. */
export interface Waiting {
  readonly name: string;
  readonly message: DueMessage;
}

export async function messageFailed(
  parts: Parts,
  { name, message }: Waiting,
  error: SendError,
): Promise<void> {
  const { documents, clock, deadLetters, destination, logger, known, records } = parts;
  const now = clock.now();
  const { accepted = 0 } = known.last ?? {};
  if (isGivenUp(message.trouble, error, { accepted, now })) {
    await deadLetters.put(letterOf(destination, message, error, parts.payloadOf?.(message.message)));
    counted(parts, 'refused');
    logger.error('A message was refused; its alerts are in the dead letters', {
      destination,
      group: message.id,
      alerts: message.message.count,
      ...loggedError(error),
    });
    records.add(name, message, undefined);
    await records.settle(name);
    return;
  }
  const at = retryAt(message.trouble, error, now);
  if (at > now) {
    const shard = await documents.changeShard<Shard | undefined>(name, (stored) => {
      if (stored === undefined) return { keep: undefined };
      const failure = { retryAt: at, isRefusal: error instanceof RowsRefusedError, accepted };
      const next = failed(stored, message.id, failure, clock.now());
      return { write: next, result: next };
    });
    if (shard) known.told.set(name, records.entryOf(shard));
  }
  await paused(parts, error);
}

/** Decides what becomes of a message that failed: it is tried again later, or goes to the dead letters. */
import type { DueMessage } from '../../../alerts/groups/due.ts';
import { type Failure, failed } from '../../../alerts/groups/said.ts';
import type { Shard } from '../../../alerts/groups/state.ts';
import type { SendError } from '../../../delivery/failure.ts';
import { RowsRefusedError } from '../../../destinations/errors.ts';
import { loggedError } from '../../../shared/errors.ts';
import { letterOf } from '../dead-letter.ts';
import { isGivenUp, isOthers, retryAt } from '../failures.ts';
import { placeHeldUntil } from '../index-document.ts';
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
  const { clock, deadLetters, destination, logger, known, records } = parts;
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
    const isRefusal = error instanceof RowsRefusedError;
    await putOff(parts, name, [message], { retryAt: at, isRefusal, isOthers: isOthers(error), accepted });
  }
  await paused(parts, error);
}

/** Puts off messages of one document, and tells the index. */
async function putOff(
  { documents, clock, known, records }: Parts,
  name: string,
  messages: readonly DueMessage[],
  failure: Failure,
): Promise<void> {
  const shard = await documents.changeShard<Shard | undefined>(name, (stored) => {
    if (stored === undefined) return { keep: undefined };
    const next = messages.reduce((one, { id }) => failed(one, id, failure, clock.now()), stored);
    return { write: next, result: next };
  });
  if (shard) known.told.set(name, records.entryOf(shard));
}

/**
 * The messages of one document that can be said now: those for places that are to be left alone, as the index says, are put off without
 * asking the product again.
 */
export async function withoutHeld(
  parts: Parts,
  name: string,
  messages: readonly DueMessage[],
): Promise<readonly DueMessage[]> {
  const { clock, known, messenger } = parts;
  const { placeOf } = messenger;
  if (known.last?.refused === undefined || placeOf === undefined) return messages;
  const { accepted = 0 } = known.last;
  const now = clock.now();
  const byEnd = Map.groupBy(messages, ({ message }) => placeHeldUntil(known.last, placeOf(message), now));
  for (const [until, held] of byEnd) {
    if (until === undefined) continue;
    await putOff(parts, name, held, { retryAt: until, isRefusal: false, isOthers: true, accepted });
  }
  return byEnd.get(undefined) ?? [];
}

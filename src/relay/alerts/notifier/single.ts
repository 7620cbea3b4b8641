/** Says the most urgent message of one rule, and decides what becomes of one that failed. */
import { type DueMessage, due } from '../../../alerts/groups/due.ts';
import { failed } from '../../../alerts/groups/said.ts';
import type { Shard } from '../../../alerts/groups/state.ts';
import type { SendError } from '../../../delivery/failure.ts';
import { RowsRefusedError } from '../../../destinations/errors.ts';
import { loggedError } from '../../../shared/errors.ts';
import { letterOf } from '../dead-letter.ts';
import { isGivenUp, retryAt } from '../failures.ts';
import { accepted, paused } from './availability.ts';
import { counted, type Parts } from './parts.ts';

/** @param name of a document of groups. Where it has nothing to say, the index is told so. */
export async function saySingle(parts: Parts, name: string): Promise<void> {
  const { clock, manner, messenger, lease, records } = parts;
  const shard = await records.load(name);
  const [message] = shard ? due(shard, clock.now(), manner).messages : [];
  if (shard === undefined || message === undefined) return records.settle(name, shard);
  const result = await lease.during((signal) => messenger.say(message.message, message.posted, signal));
  if (result.kind === 'said') {
    counted(parts, 'said');
    records.add(name, message, result.posted);
    await accepted(parts);
    await records.settle(name);
    return;
  }
  if (result.kind === 'failed') await singleFailed(parts, { name, message }, result.error);
}

async function singleFailed(
  parts: Parts,
  { name, message }: { readonly name: string; readonly message: DueMessage },
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

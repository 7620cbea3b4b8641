/** Says many messages as one, where the product's pace would keep them waiting. */
import { byUrgency, due } from '../../../alerts/groups/due.ts';
import type { Message } from '../../../alerts/message.ts';
import {
  type PlaceBusyError,
  type PlaceRefusedError,
  RowsRefusedError,
} from '../../../destinations/errors.ts';
import type { Messenger } from '../../../destinations/messenger.ts';
import { loggedError } from '../../../shared/errors.ts';
import { accepted, paused } from './availability.ts';
import { messageFailed, type Waiting, withoutHeld } from './failed.ts';
import { counted, type Parts } from './parts.ts';

/** What cannot be said within this time at the product's pace goes into a digest. Milliseconds. */
const BACKLOG_MS = 10_000;
const LEAST_BACKLOG = 5;
/** Groups of one digest, and documents that are read for it. */
export const DIGEST_GROUPS = 40;
const DIGEST_SHARDS = 40;

/** The messages that are said one by one; where more are due, they become a digest. */
export function mostSingly({ intervalMs, digestOver }: Pick<Messenger, 'intervalMs' | 'digestOver'>): number {
  if (digestOver !== undefined) return digestOver;
  return Math.max(LEAST_BACKLOG, Math.floor(BACKLOG_MS / Math.max(1, intervalMs)));
}

/** The messages that are due in several documents, the most urgent first. One that was refused before is not among them: it is said alone, so that it is the only one that is refused. */
export async function waitingIn(parts: Parts, names: readonly string[]): Promise<readonly Waiting[]> {
  const { clock, logger, destination, manner, records, troubled } = parts;
  const loaded = await Promise.all(
    names.slice(0, DIGEST_SHARDS).map(async (name) => {
      const shard = await records.load(name).catch((error: unknown) => {
        troubled.put([name]);
        logger.warn('A document of alerts cannot be read; what is in it waits', {
          destination,
          document: name,
          ...loggedError(error),
        });
        return undefined;
      });
      const messages = shard ? due(shard, clock.now(), manner).messages : [];
      return (await withoutHeld(parts, name, messages)).map((message) => ({ name, message }));
    }),
  );
  return loaded
    .flat()
    .filter(({ message: { phase, trouble } }) => phase !== 'end' && (trouble?.refusals ?? 0) === 0)
    .sort((one, other) => byUrgency(one.message, other.message));
}

/**
 * Says several messages as one. Returns `refused` where one of them may be why it was refused: which one shows when they are said in smaller
 * digests. Those whose place takes nothing wait by themselves.
 *
 * @param waiting at most {@link DIGEST_GROUPS}.
 */
export async function sayDigest(
  parts: Parts,
  waiting: readonly Waiting[],
): Promise<'said' | 'failed' | 'refused'> {
  const { messenger, lease, records } = parts;
  const taken = new Set<Message>();
  const refusals = new Map<Message, PlaceRefusedError | PlaceBusyError>();
  const result = await lease.during(async (signal) => {
    await messenger.digest(
      waiting.map(({ message }) => message.message),
      signal,
      {
        taken(some) {
          for (const one of some) taken.add(one);
        },
        refused(some, error) {
          for (const one of some) refusals.set(one, error);
        },
      },
    );
    return undefined;
  });
  const isSaid = result.kind === 'said';
  const said = waiting.filter(({ message: { message } }) =>
    isSaid ? !refusals.has(message) : taken.has(message),
  );
  if (said.length > 0) {
    counted(parts, 'digest');
    for (const { name, message } of said) records.add(name, message, undefined);
    await accepted(
      parts,
      said.map(({ message }) => message.message),
    );
    for (const name of new Set(said.map(({ name }) => name))) await records.settle(name);
  }
  for (const one of waiting) {
    const refusal = refusals.get(one.message.message);
    if (refusal) await messageFailed(parts, one, refusal);
  }
  if (isSaid) return 'said';
  if (result.kind === 'lost') return 'failed';
  if (result.error instanceof RowsRefusedError) return 'refused';
  await paused(parts, result.error);
  return 'failed';
}

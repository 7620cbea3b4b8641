/** Says many messages as one, where the product's pace would keep them waiting. */
import { byUrgency, type DueMessage, due } from '../../../alerts/groups/due.ts';
import type { Message } from '../../../alerts/message.ts';
import { RowsRefusedError } from '../../../destinations/errors.ts';
import type { Messenger } from '../../../destinations/messenger.ts';
import { loggedError } from '../../../shared/errors.ts';
import { accepted, paused } from './availability.ts';
import { counted, type Parts } from './parts.ts';

/** What cannot be said within this time at the product's pace goes into a digest. Milliseconds. */
const BACKLOG_MS = 10_000;
const LEAST_BACKLOG = 5;
/** Groups of one digest, and documents that are read for it. */
const DIGEST_GROUPS = 40;
const DIGEST_SHARDS = 40;

/** A message that is due, and its document. */
export interface Waiting {
  readonly name: string;
  readonly message: DueMessage;
}

/** The messages that are said one by one; where more are due, they become a digest. */
export function mostSingly({ intervalMs, digestOver }: Pick<Messenger, 'intervalMs' | 'digestOver'>): number {
  if (digestOver !== undefined) return digestOver;
  return Math.max(LEAST_BACKLOG, Math.floor(BACKLOG_MS / Math.max(1, intervalMs)));
}

/** The messages that are due in several documents, the most urgent first. */
export async function waitingIn(
  { clock, logger, destination, manner, records, troubled }: Parts,
  names: readonly string[],
): Promise<readonly Waiting[]> {
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
      return messages.map((message) => ({ name, message }));
    }),
  );
  return loaded
    .flat()
    .filter(({ message }) => message.phase !== 'end')
    .sort((one, other) => byUrgency(one.message, other.message));
}

/** Says as many as a digest holds. Returns `refused` where one of them may be why: which one shows when they are said one by one. */
export async function sayDigest(
  parts: Parts,
  all: readonly Waiting[],
): Promise<'said' | 'failed' | 'refused'> {
  const { messenger, lease, records } = parts;
  const waiting = all.slice(0, DIGEST_GROUPS);
  const messages = waiting.map(({ message }) => message.message);
  const taken = new Set<Message>();
  const result = await lease.during(async (signal) => {
    await messenger.digest(messages, signal, (some) => {
      for (const one of some) taken.add(one);
    });
    return undefined;
  });
  const isSaid = result.kind === 'said';
  const said = isSaid ? waiting : waiting.filter(({ message }) => taken.has(message.message));
  if (said.length > 0) {
    counted(parts, 'digest');
    for (const { name, message } of said) records.add(name, message, undefined);
    await accepted(parts);
    for (const name of new Set(said.map(({ name }) => name))) await records.settle(name);
  }
  if (isSaid) return 'said';
  if (result.kind === 'lost') return 'failed';
  if (result.error instanceof RowsRefusedError) return 'refused';
  await paused(parts, result.error);
  return 'failed';
}

/** Removes dead letters that are older than relay.yaml keeps them: they hold rows, and so personal data. */
import { z } from 'zod';
import { underClaim } from '../../checkpoints/claim-keeper.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { DeadLetterArchive } from '../../delivery/dead-letters.ts';
import type { Clock } from '../../shared/clock.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { slept } from '../../shared/slept.ts';
import { readLetter } from './read-letter.ts';

export interface RetentionDeps {
  /** The account's name, for the claim. */
  readonly blobs: { readonly account: string };
  readonly checkpoints: CheckpointStore;
  readonly documents: StateDocuments;
  readonly deadLetters: DeadLetterArchive;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A pass lists all dead letters, and so one consumer makes it in this time. Milliseconds. */
const EVERY_MS = 6 * 3_600_000;
/** How often a consumer looks whether a pass is due. Milliseconds. */
const LOOK_MS = 30 * 60_000;
/** A pass that finds more goes on at the next look. */
const MOST_LETTERS = 20_000;
/** Removals at the same time. */
const AT_ONCE = 8;

const recordSchema = z.object({ v: z.literal(1), passedOn: z.number().int().nonnegative() });
const DOCUMENT = 'dead-letter-retention';

/** Removes what is too old until stopped. @param retention how long letters are kept, now: milliseconds; undefined: for ever. */
export async function expireRegularly(
  deps: RetentionDeps,
  retention: () => number | undefined,
  stop: AbortSignal,
): Promise<void> {
  do await expireOnce(deps, retention(), stop);
  while (await slept(deps.clock, LOOK_MS, stop));
}

/**
 * Makes a pass if one is due and no other consumer makes it. Errors are logged, because the next pass tries again.
 *
 * A letter counts from when it was last stored. Rows that the relay still tries to deliver are kept.
 *
 * @param most how many letters to remove at most, for a host whose requests are limited.
 */
export async function expireOnce(
  deps: RetentionDeps,
  retentionMs: number | undefined,
  stop: AbortSignal,
  most = MOST_LETTERS,
): Promise<void> {
  if (retentionMs === undefined || stop.aborted) return;
  const record = sharedDocument(deps.documents, DOCUMENT, (value) => recordSchema.safeParse(value).data);
  const ref = { account: deps.blobs.account, container: 'retention', name: 'dead-letters' };
  try {
    const { value } = await record.load();
    const now = deps.clock.now();
    // A time in the future was recorded by a consumer with a wrong clock.
    if (value && value.passedOn <= now && now - value.passedOn < EVERY_MS) return;
    await underClaim(deps, ref, undefined, async (keeper) => {
      const isWhole = await removeOlder(
        deps,
        now - retentionMs,
        AbortSignal.any([stop, keeper.signal]),
        most,
      );
      if (!isWhole) return;
      await updateDocument(
        record,
        () => ({ write: { v: 1 as const, passedOn: now }, result: undefined }),
        ONE_TRY,
      );
    });
  } catch (error) {
    if (stop.aborted) return;
    deps.logger.warn('Old dead letters could not be removed; the next pass tries again', {
      ...loggedError(error),
    });
  }
}

/** False if there are more than it may remove. */
async function removeOlder(
  { deadLetters, logger, metrics }: RetentionDeps,
  to: number,
  signal: AbortSignal,
  most: number,
): Promise<boolean> {
  let removed = 0;
  let seen = 0;
  let batch: Promise<boolean>[] = [];
  const settle = async () => {
    removed += (await Promise.all(batch)).filter(Boolean).length;
    batch = [];
  };
  const removeOne = async (name: string) => {
    // The letter may have been stored again since it was listed.
    const stored = await readLetter(deadLetters, name, signal);
    // Of what cannot be read, the listing has said how old it is.
    if (stored === undefined || ('letter' in stored && stored.storedOn >= to)) return false;
    return (await deadLetters.remove(name, stored.etag)) === 'removed';
  };
  try {
    for await (const { name } of deadLetters.list({ to }, signal)) {
      if (seen === most) return false;
      seen += 1;
      batch.push(removeOne(name));
      if (batch.length === AT_ONCE) await settle();
    }
    await settle();
    return true;
  } finally {
    await Promise.allSettled(batch);
    if (removed > 0) {
      metrics.count('xdr_relay_dead_letters_expired_total', {}, removed);
      logger.info('Dead letters that were older than dead_letters.retention were removed', {
        removed,
        stored_before: new Date(to).toISOString(),
      });
    }
  }
}

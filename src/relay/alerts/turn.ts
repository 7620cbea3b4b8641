/** The pace of a destination for people over all consumers: a turn is reserved in the index before anything is said. */
import type { Messenger } from '../../destinations/messenger.ts';
import type { Clock } from '../../shared/clock.ts';
import type { AlertDocuments } from './documents.ts';
import { type AlertIndex, NO_INDEX } from './index-document.ts';

export interface TurnDeps {
  readonly documents: AlertDocuments;
  readonly messenger: Pick<Messenger, 'intervalMs'>;
  readonly clock: Clock;
}

/** A turn that is further ahead was reserved with a wrong clock, and nobody waits for it. Milliseconds. */
const LONGEST_MS = 60_000;

/** Resolves when it is this caller's turn to say something. Throws CheckpointError and the signal's reason. */
export async function takeTurn(
  { documents, messenger, clock }: TurnDeps,
  signal: AbortSignal,
): Promise<void> {
  const at = await documents.changeIndex((index = NO_INDEX) => {
    const turn = turnOf(index, clock.now());
    return { write: { ...index, nextAt: turn + pauseOf(messenger) }, result: turn };
  });
  const wait = at - clock.now();
  if (wait > 0) await clock.sleep(wait, signal);
}

/**
 * The milliseconds between two turns: a little more than the product asks for, because a message leaves some time after its turn was
 * reserved, and the next one perhaps sooner after its own.
 */
export function pauseOf({ intervalMs }: Pick<Messenger, 'intervalMs'>): number {
  return Math.ceil(intervalMs * 1.1);
}

/** When the next message may be said, ms since the epoch. */
export function turnOf({ nextAt }: Pick<AlertIndex, 'nextAt'>, now: number): number {
  return nextAt > now + LONGEST_MS ? now : Math.max(now, nextAt);
}

/**
 * The index after this consumer has said something. An update in place may be two requests, of which the second is what the pace is for, and
 * came any time after the turn was reserved. So the next turn of any consumer is counted from its end. The same object where nothing changes.
 *
 * @param saidAt when it had ended, ms since the epoch; undefined if nothing was said.
 */
export function pacedAfter(
  index: AlertIndex,
  messenger: Pick<Messenger, 'intervalMs' | 'updates'>,
  { saidAt, now }: { readonly saidAt: number | undefined; readonly now: number },
): AlertIndex {
  if (saidAt === undefined || saidAt > now || messenger.updates !== 'in_place') return index;
  const nextAt = saidAt + pauseOf(messenger);
  return nextAt <= Math.max(now, index.nextAt) ? index : { ...index, nextAt };
}

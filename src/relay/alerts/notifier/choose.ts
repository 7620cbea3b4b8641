/** Decides what a notifier does next from the index alone: wait, or say something at its turn. */
import type { Messenger } from '../../../destinations/messenger.ts';
import { type AlertIndex, dueOf, isSilent, LEASE_MS, mayLease, pausedUntil } from '../index-document.ts';
import type { Order } from '../order.ts';
import { pacedAfter, pauseOf, turnOf } from '../turn.ts';

/**
 * How often the index is read while nothing is known to be due: another consumer may have died. What it left is said within ten seconds:
 * found after this time at most, when its lease has ended already. Milliseconds.
 */
export const LOOK_MS = 8_000;

/** It is this consumer's turn, at `at`, ms since the epoch. */
export interface Turn {
  readonly kind: 'turn';
  readonly at: number;
  /** The documents that have something due, the most urgent first. */
  readonly names: readonly string[];
  /** How many messages are due. */
  readonly backlog: number;
  /** Whether nothing is said of the first: see `isSilent`. */
  readonly isSilent: boolean;
  /** When the turn after this one is, as it was stored, ms since the epoch. */
  readonly nextAt: number;
}

/** What a look at the index led to. */
export type Step =
  /** Nothing to do before `until`, ms since the epoch. */
  { readonly kind: 'wait'; readonly until: number } | Turn;

export interface Chooser {
  readonly owner: string;
  readonly order: Pick<Order, 'due'>;
  readonly messenger: Pick<Messenger, 'intervalMs' | 'updates'>;
  /** When what this consumer said last had ended, ms since the epoch. */
  readonly saidAt: number | undefined;
  /** `nextAt` of the turn that this consumer took last, if it said nothing then: nobody waits for that turn. */
  readonly unused: number | undefined;
  /** Whether a document is left alone for now. */
  readonly isTroubled: (name: string) => boolean;
}

/** The next step, and the index that says so: with the lease and the next turn, or without the lease. The same object where nothing changes. */
export function choose(
  stored: AlertIndex,
  { owner, order, messenger, saidAt, unused, isTroubled }: Chooser,
  now: number,
): { readonly step: Step; readonly index: AlertIndex } {
  const index = pacedAfter(stored, messenger, { saidAt, now });
  const wait = (until: number) => {
    const { lease, ...rest } = index;
    return { step: { kind: 'wait', until } as const, index: lease?.owner === owner ? rest : index };
  };
  const paused = pausedUntil(index, now);
  const names = order
    .due(index, now)
    .filter((name) => !isTroubled(name) && (paused === undefined || isSilentIn(index, name)));
  if (names.length === 0) return wait(Math.min(paused ?? Number.POSITIVE_INFINITY, nextDue(index, now)));
  if (!mayLease(index, owner, now)) return wait(Math.min(index.lease?.until ?? now, now + LOOK_MS));
  // What says nothing takes nobody's turn to say something.
  const isSilentTurn = isSilentIn(index, names[0]);
  const at = isSilentTurn || index.nextAt === unused ? now : turnOf(index, now);
  const nextAt = isSilentTurn ? index.nextAt : at + pauseOf(messenger);
  const backlog = names.reduce((sum, name) => sum + (index.shards[name]?.messages ?? 0), 0);
  return {
    step: { kind: 'turn', at, names, backlog, isSilent: isSilentTurn, nextAt },
    index: {
      ...index,
      // While its holder waits for the turn and acts, it renews the lease.
      lease: { owner, until: now + LEASE_MS },
      nextAt,
    },
  };
}

export function isSilentIn(index: AlertIndex | undefined, name: string | undefined): boolean {
  const entry = name === undefined ? undefined : index?.shards[name];
  return name !== undefined && entry !== undefined && isSilent(name, entry);
}

/**
 * When the next entry becomes due, ms since the epoch. One that is due already is left alone for now, and looked at again in a while.
 * Infinite where there is none.
 */
function nextDue({ shards }: AlertIndex, now: number): number {
  const dues = Object.values(shards).map((entry) => dueOf(entry, now));
  return Math.min(Number.POSITIVE_INFINITY, ...dues.map((at) => (at > now ? at : now + LOOK_MS)));
}

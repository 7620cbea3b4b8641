import type { Destination } from '../destinations/port.ts';
import { Breaker, type BreakerDeps } from './breaker.ts';
import { Slots } from './slots.ts';
import { noTableHolds, type TableHolds } from './table-holds.ts';

/** A destination with what all its lanes in this process share. */
export interface ManagedDestination {
  readonly destination: Destination;
  readonly breaker: Breaker;
  /** Bounds the batches that are on their way at once. */
  readonly slots: Slots;
  /** Tables that this destination always refuses. */
  readonly holds: TableHolds;
}

export function manageDestination(destination: Destination, deps: BreakerDeps): ManagedDestination {
  return {
    destination,
    breaker: new Breaker(destination.name, deps),
    slots: new Slots(destination.concurrency),
    holds: noTableHolds,
  };
}

const REFRESH_MS = 10_000;

/** Keeps an eye on what other consumers find out about the destinations, until stopped. */
export async function followBreakers(
  destinations: Iterable<ManagedDestination>,
  { clock }: Pick<BreakerDeps, 'clock'>,
  stop: AbortSignal,
): Promise<void> {
  const breakers = [...destinations].map(({ breaker }) => breaker);
  while (!stop.aborted) {
    await Promise.all(breakers.map((breaker) => breaker.refresh()));
    await clock.sleep(REFRESH_MS, stop).catch(() => {});
  }
}

import type { Destination } from '../destinations/port.ts';
import type { Clock } from '../shared/clock.ts';
import { Breaker } from './breaker.ts';
import { Slots } from './slots.ts';

/** A destination with what all its lanes in this process share. */
export interface ManagedDestination {
  readonly destination: Destination;
  readonly breaker: Breaker;
  /** Bounds the batches that are on their way at once. */
  readonly slots: Slots;
}

export function manageDestination(destination: Destination, clock: Clock): ManagedDestination {
  return { destination, breaker: new Breaker(clock), slots: new Slots(destination.concurrency) };
}

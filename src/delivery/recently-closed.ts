/** Remembers, over the invocations of a Worker, that nothing was open, so that not each of them loads what others recorded. */
import type { Clock } from '../shared/clock.ts';
import { CLOSED_MS } from './managed-destination.ts';

/** A breaker, or the held tables of a destination. */
interface Shared {
  readonly isOpen: boolean;
  refresh(): Promise<void>;
}

/**
 * How many invocations are kept until the next look. One is some 20 KB, with the clients of its storage, and an isolate that begins many of them in a
 * second has 128 MB.
 */
const MOST_KEPT = 200;

/** Kept by a process whose breakers do not live as long as it does. */
export class RecentlyClosed {
  /** When all were found closed; monotonic, milliseconds. */
  #at: number | undefined;
  /** Those of each invocation that began closed since then: one of them may have been opened. */
  #since: (readonly Pick<Shared, 'isOpen'>[])[] = [];

  /** Loads what other consumers recorded, unless all were closed a moment ago. A process that keeps running knows no more. */
  async refresh(shared: readonly Shared[], clock: Pick<Clock, 'monotonic'>): Promise<void> {
    const isRecent = this.#at !== undefined && clock.monotonic() - this.#at < CLOSED_MS;
    if (isRecent && this.#since.length < MOST_KEPT && !this.#since.some(isAnyOpen)) {
      this.#since.push(shared);
      return;
    }
    this.#at = undefined;
    await Promise.all(shared.map((each) => each.refresh()));
    this.#since = [shared];
    this.#at = clock.monotonic();
  }
}

function isAnyOpen(shared: readonly Pick<Shared, 'isOpen'>[]): boolean {
  return shared.some(({ isOpen }) => isOpen);
}

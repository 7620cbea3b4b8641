/** Remembers, over the invocations of a Worker, that nothing was open, so that not each of them loads what others recorded. */
import type { Clock } from '../shared/clock.ts';
import { CLOSED_MS } from './managed-destination.ts';

/** A breaker, or the held tables of a destination. */
interface Shared {
  readonly isOpen: boolean;
  refresh(): Promise<void>;
}

/** Kept by a process whose breakers do not live as long as it does. Plain data, which belongs to no request. */
export class RecentlyClosed {
  /** When all were found closed; monotonic, milliseconds. */
  #at: number | undefined;
  /** Those that began closed since then: one of them may have been opened. */
  #since: Pick<Shared, 'isOpen'>[] = [];

  /** Loads what other consumers recorded, unless all were closed a moment ago. A process that keeps running knows no more. */
  async refresh(shared: readonly Shared[], clock: Pick<Clock, 'monotonic'>): Promise<void> {
    const isRecent = this.#at !== undefined && clock.monotonic() - this.#at < CLOSED_MS;
    if (isRecent && this.#since.every(({ isOpen }) => !isOpen)) {
      this.#since.push(...shared);
      return;
    }
    this.#at = undefined;
    await Promise.all(shared.map((each) => each.refresh()));
    this.#since = [...shared];
    this.#at = clock.monotonic();
  }
}

/** The destinations in force. relay.yaml may change while the relay runs: then destinations are added, removed and replaced. */
import type { ManagedDestination } from '../delivery/managed-destination.ts';
import type { Destination } from '../destinations/port.ts';
import type { Clock } from '../shared/clock.ts';
import { withDeadline } from '../shared/deadline.ts';
import { whenAborted } from '../shared/when-aborted.ts';

/** A change does not wait longer for what other consumers know of a destination. Milliseconds. */
const LOOK_MS = 5_000;

export interface LiveDestinationsDeps {
  /** Adds to a destination the state that its lanes share. @param isNew whether it replaces one, or is one of the first. */
  readonly manage: (destination: Destination, isNew: boolean) => ManagedDestination;
  readonly clock: Pick<Clock, 'after'>;
}

type Managed = ReadonlyMap<string, ManagedDestination>;
type Work = (target: ManagedDestination, stop: AbortSignal) => Promise<void>;

/**
 * The destinations in force. A visit takes the map as it is when it begins and keeps it to its end; lanes to destinations that are
 * replaced meanwhile end after their requests in flight, and their rows are read again for those that came instead.
 */
export class LiveDestinations {
  readonly #deps: LiveDestinationsDeps;
  #current: Managed;
  /** By the object that was given, so that one that stays the same is recognised. */
  #given: ReadonlyMap<string, Destination>;
  readonly #retiring = new Set<Promise<void>>();
  readonly #workers = new Set<(target: ManagedDestination) => void>();

  constructor(first: ReadonlyMap<string, Destination>, deps: LiveDestinationsDeps) {
    this.#deps = deps;
    this.#given = first;
    this.#current = new Map([...first].map(([name, each]) => [name, deps.manage(each, false)]));
  }

  /** Never changes itself: {@link replace} puts another in its place. */
  get current(): Managed {
    return this.#current;
  }

  /**
   * Puts destinations into force. One that is the same object as before stays, with its lanes; others end or begin. Resolves when the new
   * ones are in force. The old ones finish their requests in flight after that.
   */
  async replace(next: ReadonlyMap<string, Destination>): Promise<void> {
    const before = this.#current;
    const given = this.#given;
    const current = new Map<string, ManagedDestination>();
    const added: ManagedDestination[] = [];
    for (const [name, destination] of next) {
      const known = before.get(name);
      if (known && given.get(name) === destination) current.set(name, known);
      else {
        const target = this.#deps.manage(destination, true);
        current.set(name, target);
        added.push(target);
      }
    }
    await Promise.all(added.map((target) => this.#look(target)));
    this.#current = current;
    this.#given = next;
    for (const [name, target] of before) {
      if (current.get(name) === target) continue;
      const retired = target
        .retire()
        .catch(() => {})
        .finally(() => this.#retiring.delete(retired));
      this.#retiring.add(retired);
    }
    for (const begin of this.#workers) added.forEach(begin);
  }

  /** Does work for each destination, as long as it is in force. Resolves when all work has ended after the signal. */
  async each(work: Work, stop: AbortSignal): Promise<void> {
    const running = new Set<Promise<void>>();
    const failed = Promise.withResolvers<never>();
    const begin = (target: ManagedDestination) => {
      const done = work(target, AbortSignal.any([stop, target.replaced]))
        .catch(failed.reject)
        .finally(() => running.delete(done));
      running.add(done);
    };
    this.#workers.add(begin);
    try {
      [...this.#current.values()].forEach(begin);
      const stopped = new Promise<void>((resolve) => {
        whenAborted(stop, resolve);
      });
      await Promise.race([stopped, failed.promise]);
      await Promise.all(running);
    } finally {
      this.#workers.delete(begin);
    }
  }

  /** Closes all, and waits for those that were replaced. */
  async close(): Promise<void> {
    await Promise.all([...[...this.#current.values()].map((target) => target.retire()), ...this.#retiring]);
  }

  /** What other consumers know of it. Neither throws; where the state hangs, the destination begins without. */
  async #look({ breaker, holds }: ManagedDestination): Promise<void> {
    const look = async () => {
      await Promise.all([breaker.reconsider(), holds.refresh()]);
    };
    await withDeadline(LOOK_MS, undefined, look, this.#deps.clock).catch(() => {});
  }
}

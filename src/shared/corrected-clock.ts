/** A wall clock that follows a server's, so that consumers on machines whose clocks disagree agree on moments all the same. */
import type { Clock } from './clock.ts';

/** Below this the machine's clock is believed: a `Date` header tells whole seconds only, and answers take time. Milliseconds. */
const TOLERANCE_MS = 5_000;
/** An answer that took longer tells too little about the moment it was written at. Milliseconds. */
const LONGEST_ANSWER_MS = 10_000;

/** What an answer tells of the time. All in milliseconds since the epoch. */
export interface ServerTime {
  /** The server's clock when it answered, in whole seconds: its `Date` header. */
  readonly served: number;
  /** This machine's clock when the request was sent. */
  readonly sent: number;
  /** This machine's clock when the answer arrived. */
  readonly received: number;
}

/**
 * Consumers share moments by way of the state: when a task is due, how long a destination is left alone. One whose clock is a
 * day off would write moments that hold the others up for a day. All of them talk to one storage account, so that account's clock
 * counts wherever the machine's differs from it by more than five seconds.
 *
 * `monotonic` and `sleep` are the machine's.
 */
export class CorrectedClock implements Clock {
  readonly #machine: Clock;
  readonly #listeners = new Set<(offsetMs: number) => void>();
  #offset = 0;

  constructor(machine: Clock) {
    this.#machine = machine;
  }

  now(): number {
    return this.#machine.now() + this.#offset;
  }

  monotonic(): number {
    return this.#machine.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#machine.sleep(ms, signal);
  }

  /** The machine's own wall clock, for {@link ServerTime}. Milliseconds since the epoch. */
  machineNow(): number {
    return this.#machine.now();
  }

  /** Milliseconds that are added to the machine's clock; 0 where it is right. */
  get offset(): number {
    return this.#offset;
  }

  /** Takes an answer into account. Answers that took long, and those without a date, change nothing. */
  learn({ served, sent, received }: ServerTime): void {
    // The machine's clock was set between the two, or the answer took too long.
    if (!Number.isFinite(served) || received < sent || received - sent > LONGEST_ANSWER_MS) return;
    if (this.#isWithin(0, { served, sent, received })) this.#change(0);
    else if (!this.#isWithin(this.#offset, { served, sent, received })) this.#change(served - received);
  }

  /** Calls `listener` with the new offset whenever it changes, milliseconds. */
  onChange(listener: (offsetMs: number) => void): void {
    this.#listeners.add(listener);
  }

  #isWithin(offset: number, { served, sent, received }: ServerTime): boolean {
    return served > sent + offset - TOLERANCE_MS && served < received + offset + TOLERANCE_MS;
  }

  #change(offset: number): void {
    if (offset === this.#offset) return;
    this.#offset = offset;
    for (const listener of this.#listeners) listener(offset);
  }
}

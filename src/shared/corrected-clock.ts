/** A wall clock that follows a server's, so that consumers agree on points in time even if the clocks of their machines differ. */
import type { Clock } from './clock.ts';

/** A smaller difference is ignored, because a `Date` header has whole seconds and responses take time. Milliseconds. */
const TOLERANCE_MS = 5_000;
/** A response that took longer is ignored, because it could have been written at any moment within that time. Milliseconds. */
const LONGEST_ANSWER_MS = 10_000;
/** The average by which a `Date` header is rounded down. Milliseconds. */
const CUT_MS = 500;

/** The times of one response. Milliseconds. */
export interface ServerTime {
  /** The `Date` header: the server's clock when it responded, in milliseconds since the epoch, a multiple of 1,000. */
  readonly served: number;
  /** {@link Clock.monotonic} when the request was sent. */
  readonly sent: number;
}

/**
 * Consumers share points in time through the state: when a task is due, how long a destination is left alone. A consumer whose clock
 * is a day ahead would store times that delay the others by a day. All consumers use one storage account, so each corrects its
 * clock by the account's if they differ by more than five seconds.
 *
 * The machine's wall clock is read once, at the start. After that, the time advances with the machine's monotonic clock, so setting
 * the wall clock later, by a person or by NTP, changes nothing here.
 */
export class CorrectedClock implements Clock {
  readonly #machine: Clock;
  readonly #listeners = new Set<(offsetMs: number) => void>();
  /** The time at the zero of the monotonic clock, in milliseconds since the epoch. */
  #zero: number;
  #reported = 0;

  constructor(machine: Clock) {
    this.#machine = machine;
    this.#zero = machine.now() - machine.monotonic();
  }

  now(): number {
    // The monotonic clock has fractions of a millisecond; times in checkpoints must be whole.
    return Math.floor(this.#zero + this.#machine.monotonic());
  }

  monotonic(): number {
    return this.#machine.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#machine.sleep(ms, signal);
  }

  after(ms: number, work: () => void): () => void {
    return this.#machine.after(ms, work);
  }

  /** Corrects the clock by a response that arrives now. Responses that took long or have no date are ignored. */
  learn({ served, sent }: ServerTime): void {
    const received = this.#machine.monotonic();
    if (!Number.isFinite(served) || received - sent > LONGEST_ANSWER_MS) return;
    const isPlausible =
      served > this.#zero + sent - TOLERANCE_MS && served < this.#zero + received + TOLERANCE_MS;
    if (!isPlausible) this.#zero = served + CUT_MS - received;
    this.#report(this.now() - this.#machine.now());
  }

  /**
   * Adds a listener that is called when the measured error of the machine's wall clock changes. It gets the milliseconds by which the
   * wall clock is behind, 0 when it is correct again.
   */
  onMachineOff(listener: (offsetMs: number) => void): void {
    this.#listeners.add(listener);
  }

  #report(offset: number): void {
    const isOff = Math.abs(offset) > TOLERANCE_MS;
    const isNews = isOff ? Math.abs(offset - this.#reported) > TOLERANCE_MS : this.#reported !== 0;
    if (!isNews) return;
    this.#reported = isOff ? offset : 0;
    for (const listener of this.#listeners) listener(this.#reported);
  }
}

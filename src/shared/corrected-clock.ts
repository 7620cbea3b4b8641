/** A wall clock that follows a server's, so that consumers on machines whose clocks disagree still agree on points in time. */
import type { Clock } from './clock.ts';

/** Below this a difference tells nothing: a `Date` header has whole seconds only, and answers take time. Milliseconds. */
const TOLERANCE_MS = 5_000;
/** An answer that took longer tells too little about the moment it was written at. Milliseconds. */
const LONGEST_ANSWER_MS = 10_000;
/** On average a `Date` header was cut by half a second. Milliseconds. */
const CUT_MS = 500;

/** What an answer tells of the time. Milliseconds. */
export interface ServerTime {
  /** The server's clock when it answered, in whole seconds since the epoch: its `Date` header. */
  readonly served: number;
  /** {@link Clock.monotonic} when the request was sent. */
  readonly sent: number;
}

/**
 * Consumers share moments by way of the state: when a task is due, how long a destination is left alone. One whose clock is a
 * day off would write moments that hold the others up for a day. All of them talk to one storage account, so that account's clock
 * counts wherever ours differs from it by more than five seconds.
 *
 * The machine's wall clock is read once, at the start. From then on time passes as the machine's monotonic clock does: a wall clock
 * that is set later, by a person or by NTP, moves nothing here, not even until the next answer.
 */
export class CorrectedClock implements Clock {
  readonly #machine: Clock;
  readonly #listeners = new Set<(offsetMs: number) => void>();
  /** Milliseconds since the epoch at the monotonic clock's zero. */
  #zero: number;
  #reported = 0;

  constructor(machine: Clock) {
    this.#machine = machine;
    this.#zero = machine.now() - machine.monotonic();
  }

  now(): number {
    // The monotonic clock has fractions of a millisecond, and moments in checkpoints have none.
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

  /** Takes an answer that arrives now into account. Answers that took long, and those without a date, change nothing. */
  learn({ served, sent }: ServerTime): void {
    const received = this.#machine.monotonic();
    if (!Number.isFinite(served) || received - sent > LONGEST_ANSWER_MS) return;
    const isPlausible =
      served > this.#zero + sent - TOLERANCE_MS && served < this.#zero + received + TOLERANCE_MS;
    if (!isPlausible) this.#zero = served + CUT_MS - received;
    this.#report(this.now() - this.#machine.now());
  }

  /**
   * Calls `listener` whenever the machine's wall clock turns out to be off by another amount than before: the milliseconds that it
   * lacks, 0 when it is right again.
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

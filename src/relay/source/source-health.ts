/** Tracks whether a source responds, so that tasks of a source that is down do not take the slots that other sources need. */
import type { Clock } from '../../shared/clock.ts';

/** After so many consecutive failed visits the source counts as down. */
const FAILURES = 3;
/** The first pause before another try and, below, the longest. Milliseconds. */
const FIRST_MS = 5_000;
const LONGEST_MS = 60_000;
/** How long one visit may probe the source before another may. Milliseconds. */
const PROBE_MS = 120_000;
/** After this time, the other visits ask again, because the probing visit may have got a response. Milliseconds. */
const ASK_MS = 15_000;

/** What one process knows about one source. While the source is down, one visit at a time probes it, at growing intervals. */
export class SourceHealth {
  readonly #clock: Clock;
  #failures = 0;
  #closings = 0;
  /** The time before which no visit begins, in milliseconds of the monotonic clock. */
  #until = 0;
  #isProbing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isDown(): boolean {
    return this.#failures >= FAILURES;
  }

  /** Asks for permission to begin a visit. Returns 0 for yes, or the milliseconds to wait. A visit with permission must call one of the methods below. */
  admit(): number {
    if (!this.isDown) return 0;
    const now = this.#clock.monotonic();
    if (now < this.#until) return Math.min(this.#until - now, this.#isProbing ? ASK_MS : LONGEST_MS);
    this.#isProbing = true;
    this.#until = now + PROBE_MS;
    return 0;
  }

  /** Records that the source responded. */
  answered(): void {
    this.#failures = 0;
    this.#closings = 0;
    this.#isProbing = false;
  }

  /** Records that the source did not respond. */
  failed(): void {
    this.#failures += 1;
    this.#isProbing = false;
    if (!this.isDown) return;
    const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#closings, 10));
    this.#closings += 1;
    this.#until = this.#clock.monotonic() + pause;
  }

  /** Records that the visit ended without a request to the source, so that another may probe it. */
  unasked(): void {
    this.#isProbing = false;
    if (this.isDown) this.#until = Math.min(this.#until, this.#clock.monotonic());
  }
}

/** Whether a source answers: tasks of one that does not must not take the slots that the blobs of the others need. */
import type { Clock } from '../../shared/clock.ts';

/** Visits that fail in a row before the source counts as down. */
const FAILURES = 3;
/** Pause before the first further try, and the longest. Milliseconds. */
const FIRST_MS = 5_000;
const LONGEST_MS = 60_000;
/** How long one visit may try alone before another may. Milliseconds. */
const PROBE_MS = 120_000;
/** The trying visit may get an answer soon: the others ask again after this. Milliseconds. */
const ASK_MS = 15_000;

/** One process's knowledge of one source. While the source is down one visit at a time tries it, at growing intervals. */
export class SourceHealth {
  readonly #clock: Clock;
  #failures = 0;
  #closings = 0;
  /** Monotonic, milliseconds: no visit begins before. */
  #until = 0;
  #isProbing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isDown(): boolean {
    return this.#failures >= FAILURES;
  }

  /** Asks to begin a visit: 0 is yes; else milliseconds to wait. The visit that may try is followed by a call of the others below. */
  admit(): number {
    if (!this.isDown) return 0;
    const now = this.#clock.monotonic();
    if (now < this.#until) return Math.min(this.#until - now, this.#isProbing ? ASK_MS : LONGEST_MS);
    this.#isProbing = true;
    this.#until = now + PROBE_MS;
    return 0;
  }

  /** The source answered. */
  answered(): void {
    this.#failures = 0;
    this.#closings = 0;
    this.#isProbing = false;
  }

  /** The source did not answer. */
  failed(): void {
    this.#failures += 1;
    this.#isProbing = false;
    if (!this.isDown) return;
    const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#closings, 10));
    this.#closings += 1;
    this.#until = this.#clock.monotonic() + pause;
  }

  /** The visit ended without asking the source: another may try. */
  unasked(): void {
    this.#isProbing = false;
    if (this.isDown) this.#until = Math.min(this.#until, this.#clock.monotonic());
  }
}

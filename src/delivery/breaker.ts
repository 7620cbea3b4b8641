import type { Clock } from '../shared/clock.ts';

/** Whether a destination may be sent to now. */
export type BreakerState =
  | { readonly state: 'closed' }
  /** Until that moment (ms since the epoch) nothing is sent. */
  | { readonly state: 'open'; readonly until: number }
  /** The time is over: one task may send one batch to see. */
  | { readonly state: 'half_open' };

/** What is remembered of a destination that refuses; shared between consumers as a document. */
export interface BreakerRecord {
  /** Failures in a row. */
  readonly failures: number;
  /** ms since the epoch. */
  readonly openUntil: number;
  readonly code: string;
  readonly message: string;
  /** When it opened first, ms since the epoch. */
  readonly since: number;
}

const FIRST_MS = 5_000;
const LONGEST_MS = 5 * 60_000;

/**
 * Takes a destination out of service while it refuses us, so that nobody hammers it, and lets one try through when its time is over.
 * The first failure opens it: sendBatch has retried by then.
 */
export class Breaker {
  #record: BreakerRecord | undefined;
  #probing = false;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get record(): BreakerRecord | undefined {
    return this.#record;
  }

  state(): BreakerState {
    if (!this.#record) return { state: 'closed' };
    const now = this.#clock.now();
    if (now < this.#record.openUntil) return { state: 'open', until: this.#record.openUntil };
    // Another task's probe is under way: look again when it must have ended.
    return this.#probing ? { state: 'open', until: now + FIRST_MS } : { state: 'half_open' };
  }

  /**
   * Asks to send: undefined is yes, and takes the one probe of a half-open breaker; a moment (ms since the epoch) is not before
   * then. Whoever was let in calls {@link endProbe} when done.
   */
  admit(): number | undefined {
    const state = this.state();
    if (state.state === 'open') return state.until;
    if (state.state === 'half_open') this.#probing = true;
    return undefined;
  }

  /** The probe, if it was one, ended; also where it brought no answer either way. */
  endProbe(): void {
    this.#probing = false;
  }

  succeeded(): void {
    this.#record = undefined;
    this.#probing = false;
  }

  failed(error: {
    readonly code: string;
    readonly message: string;
    readonly retryAfterMs?: number | undefined;
  }): BreakerRecord {
    const now = this.#clock.now();
    // Sends that were under way together fail together: that is one failure.
    const again = this.#record !== undefined && now >= this.#record.openUntil;
    const failures = (this.#record?.failures ?? 0) + (again || !this.#record ? 1 : 0);
    const backoff = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
    this.#probing = false;
    this.#record = {
      failures,
      openUntil: now + Math.max(backoff, error.retryAfterMs ?? 0),
      code: error.code,
      message: error.message,
      since: this.#record?.since ?? now,
    };
    return this.#record;
  }

  /** Takes over what another consumer found out: `undefined` closes. */
  adopt(record: BreakerRecord | undefined): void {
    this.#record = record;
  }
}

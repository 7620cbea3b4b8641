/** The evidence that one process has about a destination: when it accepted rows, and the tables whose rows keep failing. */

/** A table is held once so many distinct rows of it have failed alone and no row of it was accepted since. */
export const TABLE_FAILURES = 20;

/** The accepted probability of blaming an innocent row, which failed on each try because of trouble at the destination. */
const DOUBT = 1e-4;
/** The most tries that are required, however often the destination fails. */
const MOST_TRIES = 13;
/** The assumption about a destination before its first request: 1 failure in 8. */
const ASSUMED = { failures: 0.5, requests: 4 };
/** After so many requests, older requests count half. */
const REMEMBERED = 200;

/** A position in the sequence of what a destination accepted, received and failed. Comparing positions needs no clock, which might be wrong. */
export type Mark = number;

/** Evidence about one destination, shared by all its lanes in this process. */
export class Evidence {
  #position: Mark = 0;
  /** The position of the latest acceptance. */
  #acceptedAt: Mark = 0;
  /** The position of the latest failure of a row alone. */
  #failedAt: Mark = 0;
  #isSlow = false;
  #requests = 0;
  #passing = 0;
  readonly #failed = new Map<string, Set<string>>();
  #waiting: (() => void)[] = [];

  /** The current position. */
  mark(): Mark {
    return this.#position;
  }

  /** Whether the destination has accepted anything since the mark was taken. */
  acceptedSince(mark: Mark): boolean {
    return this.#acceptedAt > mark;
  }

  /** Records that the destination has received rows that it will accept later. Returns the position for {@link accepted}. */
  received(): Mark {
    return ++this.#position;
  }

  /**
   * Records that the destination accepted rows of these tables.
   * @param failures how many requests with the same rows failed before: trouble of the destination that passed.
   * @param at when it received the rows, if that was before now: the acceptance proves nothing about what failed after that.
   */
  accepted(tables: Iterable<string>, failures = 0, at: Mark = this.received()): void {
    this.#acceptedAt = Math.max(this.#acceptedAt, at);
    this.#requests += failures + 1;
    this.#passing += failures;
    if (this.#requests > REMEMBERED) {
      this.#requests /= 2;
      this.#passing /= 2;
    }
    this.#isSlow = false;
    if (at > this.#failedAt) for (const table of tables) this.#failed.delete(table);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Whether a request was abandoned because its visit waited too long, and nothing was accepted since. */
  get isSlow(): boolean {
    return this.#isSlow;
  }

  leftBehind(): void {
    this.#isSlow = true;
  }

  /**
   * How often a row must fail alone before the row, and not the destination, is to blame: 2 if requests hardly ever fail by passing
   * trouble, 13 if every second request does.
   */
  get triesAlone(): number {
    const rate = (this.#passing + ASSUMED.failures) / (this.#requests + ASSUMED.requests);
    return Math.min(MOST_TRIES, Math.ceil(Math.log(DOUBT) / Math.log(Math.min(rate, 0.9))));
  }

  /**
   * Records that a row failed alone.
   * @param id identifies the row within its table.
   */
  failedAlone(table: string, id: string): void {
    this.#failedAt = ++this.#position;
    const rows = this.#failed.get(table) ?? new Set();
    if (rows.size < TABLE_FAILURES) rows.add(id);
    this.#failed.set(table, rows);
  }

  /** Whether so many rows of the table failed, and none was accepted, that trying its other rows is not worthwhile. */
  isRefusedWhole(table: string): boolean {
    return (this.#failed.get(table)?.size ?? 0) >= TABLE_FAILURES;
  }

  /** Resolves at the next acceptance, or when the signal is aborted. */
  nextAcceptance(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#waiting = this.#waiting.filter((each) => each !== wake);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.#waiting.push(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

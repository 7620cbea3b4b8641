/** What one process knows of a destination: that it accepted something, and which tables' rows it keeps failing. */

/** Once so many distinct rows of a table failed alone and none of the table was accepted since, the table is held. */
export const TABLE_FAILURES = 20;

/** How likely it may be that an innocent row is taken to fail by itself: it fails each time by the destination's own trouble. */
const DOUBT = 1e-4;
/** Tries beyond this are not asked for, however often the destination fails. */
const MOST_TRIES = 13;
/** What is assumed of a destination before it was asked: 1 failure in 8. */
const ASSUMED = { failures: 0.5, requests: 4 };
/** Requests after which older ones count half. */
const REMEMBERED = 200;

/** A moment in the order of a destination's acceptances, to be compared with later ones. Needs no clock, so none can be wrong. */
export type Mark = number;

/** Evidence about one destination, shared by all its lanes in this process. */
export class Evidence {
  #acceptances = 0;
  #isSlow = false;
  #requests = 0;
  #passing = 0;
  readonly #failed = new Map<string, Set<string>>();
  #waiting: (() => void)[] = [];

  /** Now. */
  mark(): Mark {
    return this.#acceptances;
  }

  /** Whether the destination accepted anything after the mark was taken. */
  acceptedSince(mark: Mark): boolean {
    return this.#acceptances > mark;
  }

  /**
   * The destination accepted rows of these tables.
   * @param failures requests with these very rows that failed before: that trouble passed.
   */
  accepted(tables: Iterable<string>, failures = 0): void {
    this.#acceptances++;
    this.#requests += failures + 1;
    this.#passing += failures;
    if (this.#requests > REMEMBERED) {
      this.#requests /= 2;
      this.#passing /= 2;
    }
    this.#isSlow = false;
    for (const table of tables) this.#failed.delete(table);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** A request was left on its way because nobody was to wait for it any longer, and nothing was accepted since. */
  get isSlow(): boolean {
    return this.#isSlow;
  }

  leftBehind(): void {
    this.#isSlow = true;
  }

  /**
   * How often a row has to fail alone before it is the row that fails and not the destination: 2 where requests hardly ever fail for
   * a while, 13 where each second one does.
   */
  get triesAlone(): number {
    const rate = (this.#passing + ASSUMED.failures) / (this.#requests + ASSUMED.requests);
    return Math.min(MOST_TRIES, Math.ceil(Math.log(DOUBT) / Math.log(Math.min(rate, 0.9))));
  }

  /**
   * A row failed alone.
   * @param id tells rows of one table apart.
   */
  failedAlone(table: string, id: string): void {
    const rows = this.#failed.get(table) ?? new Set();
    if (rows.size < TABLE_FAILURES) rows.add(id);
    this.#failed.set(table, rows);
  }

  /** Whether so many rows of the table failed, and none was accepted, that its other rows are not worth trying. */
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

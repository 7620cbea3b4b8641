/** How much work one row may cost: what keeps a hostile row from holding the event loop. */

/**
 * Strings of one column up to this length together (UTF-16 units) are always compared whole: what a long column costs must never
 * be taken from the short ones.
 */
export const SHORT = 8_192;
/** What is looked at of a longer text that cannot be afforded: so many units of its beginning, and of its end. */
export const WINDOW = 2_048;

/** Nanoseconds; see {@link Work}. Together a row takes at most about 95 ms on the machine the costs were measured on. */
const QUICK_NS = 10_000_000;
const SHORT_NS = 10_000_000;
const LONG_NS = 40_000_000;
const STEPS_NS = 35_000_000;

const NOBODY: ReadonlySet<string | number> = new Set();

/** From which of a row's allowances work is taken. */
export type Allowance = 'quick' | 'short' | 'long' | 'steps';

/**
 * What is left of a row's allowances. Work is counted in nanoseconds by measured costs (bench/rules/hostile.ts), never by a
 * clock: the same row must give the same verdict whenever and wherever it is read, or a row that is read again would raise
 * other alerts than it raised before.
 *
 * `quick` bounds, by their worst case, the searches that are run without counting; `short` is for short strings and for the
 * windows of long ones; `long` for long strings; `steps` for the steps of `transform`, which must not depend on what rules cost.
 */
export class Work {
  readonly #left: Record<Allowance, number> = {
    quick: QUICK_NS,
    short: SHORT_NS,
    long: LONG_NS,
    steps: STEPS_NS,
  };
  #cutFor: Set<string | number> | undefined;
  #cuts = 0;
  /** What is being worked on: a filter's title, a detection's position, a step's verb. */
  subject: string | number = '';

  /** How often a string was looked at only in part. */
  get cuts(): number {
    return this.#cuts;
  }

  left(allowance: Allowance): number {
    return this.#left[allowance];
  }

  /** Takes work in advance; false, and nothing is taken, where there is not so much left. */
  take(allowance: Allowance, nanoseconds: number): boolean {
    if (this.#left[allowance] < nanoseconds) return false;
    this.#left[allowance] -= nanoseconds;
    return true;
  }

  /** Books work that was done, as far as there is something left. */
  book(allowance: Allowance, nanoseconds: number): void {
    this.#left[allowance] = Math.max(0, this.#left[allowance] - nanoseconds);
  }

  /** Notes that a string was looked at only in part. */
  cut(): void {
    this.#cuts++;
    this.#cutFor ??= new Set();
    this.#cutFor.add(this.subject);
  }

  /** The subjects that did not see a string whole. */
  get cutFor(): ReadonlySet<string | number> {
    return this.#cutFor ?? NOBODY;
  }
}

/** The beginning and the end of a long string, as one string; a line end between them keeps most patterns from matching across. */
export function windowsOf(text: string): string {
  return text.length <= 2 * WINDOW + 1 ? text : `${text.slice(0, WINDOW)}\n${text.slice(-WINDOW)}`;
}

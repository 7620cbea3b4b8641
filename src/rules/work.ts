/** The work budget of one row, which keeps a hostile row from blocking the event loop. */

/**
 * A column whose strings together are no longer than this (UTF-16 units) is always compared whole: a long column must not use up
 * the work for the short ones.
 */
export const SHORT = 8_192;
/** If the work does not suffice for a longer string, so many units of its beginning and of its end are compared. */
export const WINDOW = 2_048;

/** The allowances in nanoseconds; see {@link Work}. One row takes at most about 95 ms on the machine where the costs were measured. */
const QUICK_NS = 10_000_000;
const SHORT_NS = 10_000_000;
const LONG_NS = 40_000_000;
const STEPS_NS = 35_000_000;

const NOBODY: ReadonlySet<string | number> = new Set();

/** One of a row's separate work budgets; see {@link Work}. */
export type Allowance = 'quick' | 'short' | 'long' | 'steps';

const WHOLE: Readonly<Record<Allowance, number>> = {
  quick: QUICK_NS,
  short: SHORT_NS,
  long: LONG_NS,
  steps: STEPS_NS,
};

/**
 * The remaining allowances of a row. Work is counted in nanoseconds by measured costs (bench/rules/hostile.ts), never by a
 * clock: a row must get the same verdict whenever and wherever it is read, or a row that is read again would raise other
 * alerts than the first time.
 *
 * `quick` is for searches that run without counting, and pays their worst case; `short` for short strings and for the windows
 * of long ones; `long` for long strings; `steps` for the steps of `transform`, whose results must not depend on the rules' cost.
 */
export class Work {
  /** Undefined until some is taken: of most rows none is. */
  #left: Record<Allowance, number> | undefined;
  #cutFor: Set<string | number> | undefined;
  #cuts = 0;
  /** What spends the work now: a filter (its title), a detection (its position) or a step (its verb). */
  subject: string | number = '';

  /** How often only part of a string was compared. */
  get cuts(): number {
    return this.#cuts;
  }

  left(allowance: Allowance): number {
    return (this.#left ?? WHOLE)[allowance];
  }

  /** Takes work in advance. Returns false, and takes nothing, if the allowance does not hold that much. */
  take(allowance: Allowance, nanoseconds: number): boolean {
    if (this.left(allowance) < nanoseconds) return false;
    this.#left ??= { ...WHOLE };
    this.#left[allowance] -= nanoseconds;
    return true;
  }

  /** Subtracts work that was done; the allowance does not fall below 0. */
  book(allowance: Allowance, nanoseconds: number): void {
    this.#left ??= { ...WHOLE };
    this.#left[allowance] = Math.max(0, this.#left[allowance] - nanoseconds);
  }

  /** Records that only part of a string was compared. */
  cut(): void {
    this.#cuts++;
    this.#cutFor ??= new Set();
    this.#cutFor.add(this.subject);
  }

  /** The subjects that compared only part of a string. */
  get cutFor(): ReadonlySet<string | number> {
    return this.#cutFor ?? NOBODY;
  }
}

/** The beginning and the end of a long string, as one string; a line end between them keeps most patterns from matching across. */
export function windowsOf(text: string): string {
  return text.length <= 2 * WINDOW + 1 ? text : `${text.slice(0, WINDOW)}\n${text.slice(-WINDOW)}`;
}

/** Records which columns a step names, for the question which columns anything reads. */

/** The columns that a step names. */
export interface Touches {
  /** Whether the step names the column as one that it works on: for most steps it reads it. */
  names(column: string): boolean;
  /** The columns named one by one, without patterns. */
  readonly named: ReadonlySet<string>;
  /** The columns that the step writes. */
  readonly written: ReadonlySet<string>;
}

/** Collects what a step declares while it is compiled. */
export class TouchedColumns {
  readonly names = new Set<string>();
  readonly patterns: ((column: string) => boolean)[] = [];

  /** @param written the columns that the step writes. */
  with(written: readonly string[]): Touches {
    const { names, patterns } = this;
    return {
      names: (column) => names.has(column) || patterns.some((fits) => fits(column)),
      named: names,
      written: new Set(written),
    };
  }
}

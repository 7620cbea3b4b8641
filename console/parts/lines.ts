/** What a chart shows. */

export interface Line {
  readonly label: string;
  /** One for each time; undefined is a gap. */
  readonly values: readonly (number | undefined)[];
  /** Its colour: a variable of styles.css. The first lines are told apart by dashes too. */
  readonly colour: '--line-1' | '--line-2' | '--line-3' | '--line-4' | '--line-5' | '--line-6';
}

export interface ChartProps {
  /** What it shows, with the unit: `Rows per second`. */
  readonly title: string;
  /** Ms since the epoch, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** A value as text. */
  readonly format: (value: number) => string;
}

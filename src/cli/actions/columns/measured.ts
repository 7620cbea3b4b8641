/** The type of what `columns` has measured. */
import type { ColumnsReport } from '../../../rules/columns/report.ts';

/** What was measured, and what it means. */
export interface Measured extends ColumnsReport {
  readonly rows: number;
  /** Over which time the rows came; undefined if they do not say. */
  readonly days: number | undefined;
  /** The number of unreadable rows by reason. */
  readonly unreadable: ReadonlyMap<string, number>;
}

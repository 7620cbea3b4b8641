/** What came in by table, as the views `tables` and `tables/columns` answer it. Names come from the storage account and from rows. */
import type { TableActivity } from '../../relay/activity/activity.ts';
import type { SilentProcesses } from '../../relay/activity/silent.ts';

/** Of the last 24 hours. */
export interface TableItem extends Omit<TableActivity, 'columns'> {
  /** Bytes of its columns, as measured in a sample; 0 where nothing is measured (`telemetry.columns`). */
  readonly columnBytes: number;
}

export interface TablesView {
  readonly at: number;
  /** Absent where the state does not tell. The most bytes first. */
  readonly tables?: readonly TableItem[];
  /** Processes whose figures end when they last wrote; absent where there are none. */
  readonly silent?: SilentProcesses;
  readonly trouble: readonly string[];
}

export interface ColumnItem {
  /** `other`: all columns that the schema does not have. */
  readonly name: string;
  readonly bytes: number;
  /** `removed`: a step takes it out before anything is sent. `unknown`: the rules in force cannot be read, or it is `other`. */
  readonly use: 'read' | 'removed' | 'unread' | 'unknown';
  /** What reads it, in words: `3 rules (suspicious-powershell, ...)`. */
  readonly readers: readonly string[];
}

export interface ColumnsView {
  readonly at: number;
  /** The most bytes first, at most 100. */
  readonly columns: readonly ColumnItem[];
  readonly unreadBytes: number;
  readonly trouble: readonly string[];
}

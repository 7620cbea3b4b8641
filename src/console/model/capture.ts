/** The JSON of captures: the next rows of a table, kept for an hour, for the playground. */
import type { ShownText } from './rows.ts';

/** A capture that is under way. Times in ms since the epoch. */
export interface RunningCapture {
  /** In lower case. */
  readonly table: string;
  readonly by: string;
  readonly startedOn: number;
  readonly until: number;
  /** How many rows were asked for. */
  readonly most: number;
}

/** What was kept of a table. */
export interface CapturedTable extends RunningCapture {
  /** When the rows are removed. */
  readonly expires: number;
  /** There are as many rows as were asked for, or as there is room for. */
  readonly full: boolean;
  /** Rows that were left out because they are longer than 64 KiB. */
  readonly tooLong: number;
  /** Each as the JSON that Defender writes, behind the steps of its table, with masked columns. The oldest first. */
  readonly rows: readonly { readonly at: number; readonly row: ShownText }[];
}

/** `GET capture`, with `?table=` for the rows of that table. */
export interface CaptureView {
  readonly at: number;
  /** Why nothing can be captured: a sentence that names the setting. Absent where it can. */
  readonly why?: string;
  readonly running: readonly RunningCapture[];
  /** Absent where no table was asked for, or none of its rows were kept. */
  readonly captured?: CapturedTable;
}

/** `POST capture/start`. */
export interface CaptureStartBody {
  readonly table: string;
  /** 1 to 50; 20 if absent. */
  readonly rows?: number;
  /** 1 to 10; 5 if absent. */
  readonly minutes?: number;
}

/** `POST capture/stop`. */
export interface CaptureStopBody {
  readonly table: string;
  /** Removes the rows that were kept, too. */
  readonly forget?: boolean;
}

export interface CaptureDone {
  /** A sentence for the person. */
  readonly said: string;
}

/** The log of a soak, while it runs. */
import type { Poison } from './marks.ts';
import type {
  Arrival,
  Disturbance,
  Injury,
  Overwrite,
  RequestFailure,
  RequestTrouble,
  RowKey,
  WrittenRow,
} from './oracle/log.ts';
import { rowKey } from './oracle/log.ts';

/** What a producer records about a row that it is about to write. */
type NewRow = Omit<WrittenRow, 'at' | 'poison'> & { readonly poison: Poison | undefined };

/** Its moment comes later than the row. */
export type RecordedRow = NewRow & { at: number | undefined };

/** Collects the log while the soak runs, and counts what was done. */
export class Recorder {
  readonly rows: RecordedRow[] = [];
  readonly arrivals: Arrival[] = [];
  readonly troubles: RequestTrouble[] = [];
  readonly failures: RequestFailure[] = [];
  readonly injuries: Injury[] = [];
  readonly disturbances: Disturbance[] = [];
  readonly overwrites: Overwrite[] = [];
  /** Blobs that were archived for good, and when. */
  readonly archivedAt = new Map<string, number>();
  readonly faults = new Map<string, number>();
  /** What happened, for a person who looks into a failed run. */
  readonly diary: string[] = [];
  readonly #start = performance.now();
  readonly #byKey = new Map<RowKey, RecordedRow>();
  readonly #alarms = new Map<string, RecordedRow>();

  /** Milliseconds since the start. */
  now(): number {
    return performance.now() - this.#start;
  }

  /** A row that is about to be written; its writer sets `at` once it is complete. */
  row(row: NewRow): RecordedRow {
    const recorded = { ...row, at: undefined };
    this.rows.push(recorded);
    this.#byKey.set(rowKey(row.blob, row.offset, row.id), recorded);
    if (row.id !== undefined && row.to.includes('slack')) this.#alarms.set(row.id, recorded);
    return recorded;
  }

  find(blob: string, offset: number, id: string): RecordedRow | undefined {
    return this.#byKey.get(rowKey(blob, offset, id));
  }

  /** The row that Slack got a message about, which names the event id alone. Alarms are not written twice. */
  alarm(id: string): RecordedRow | undefined {
    return this.#alarms.get(id);
  }

  fault(kind: string, times = 1): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + times);
  }

  note(text: string): void {
    this.diary.push(`${(this.now() / 1000).toFixed(3).padStart(9)}  ${text}`);
  }

  /** Runs `work` and notes it as trouble that no row can arrive through. */
  async disturb(what: Omit<Disturbance, 'from' | 'to'>, work: () => Promise<void>): Promise<void> {
    const from = this.now();
    try {
      await work();
    } finally {
      this.disturbances.push({ ...what, from, to: this.now() });
    }
  }
}

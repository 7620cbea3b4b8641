/** Records the log of a soak while it runs. */
import { PEOPLE, type Poison } from './marks.ts';
import type {
  Arrival,
  Disturbance,
  Injury,
  Message,
  Overwrite,
  RequestFailure,
  RequestTrouble,
  RowKey,
  WrittenRow,
} from './oracle/log.ts';
import { rowKey } from './oracle/log.ts';

/** What a producer records about a row before it writes it. */
type NewRow = Omit<WrittenRow, 'at' | 'poison'> & { readonly poison: Poison | undefined };

/** A recorded row, whose `at` is set later. */
export type RecordedRow = NewRow & { at: number | undefined };

/** Collects the log of a running soak, and counts what was done. */
export class Recorder {
  readonly rows: RecordedRow[] = [];
  readonly arrivals: Arrival[] = [];
  readonly messages: Message[] = [];
  readonly troubles: RequestTrouble[] = [];
  readonly failures: RequestFailure[] = [];
  readonly injuries: Injury[] = [];
  readonly disturbances: Disturbance[] = [];
  readonly overwrites: Overwrite[] = [];
  /** By blob that was archived for good, when that was. */
  readonly archivedAt = new Map<string, number>();
  readonly faults = new Map<string, number>();
  /** The diary of events, for people who investigate a failed run. */
  readonly diary: string[] = [];
  readonly #start = performance.now();
  readonly #byKey = new Map<RowKey, RecordedRow>();
  readonly #alarms = new Map<string, RecordedRow>();

  /** Milliseconds since the start. */
  now(): number {
    return performance.now() - this.#start;
  }

  /** Records a row before it is written. The writer sets `at` once the row is complete. */
  row(row: NewRow): RecordedRow {
    const recorded = { ...row, at: undefined };
    this.rows.push(recorded);
    this.#byKey.set(rowKey(row.blob, row.offset, row.id), recorded);
    if (row.id !== undefined && row.to.some((name) => PEOPLE.includes(name)))
      this.#alarms.set(row.id, recorded);
    return recorded;
  }

  find(blob: string, offset: number, id: string): RecordedRow | undefined {
    return this.#byKey.get(rowKey(blob, offset, id));
  }

  /** The row of the first alert of a message to people, which contains only the event id. Alarm rows are never written twice. */
  alarm(id: string): RecordedRow | undefined {
    return this.#alarms.get(id);
  }

  fault(kind: string, times = 1): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + times);
  }

  note(text: string): void {
    this.diary.push(`${(this.now() / 1000).toFixed(3).padStart(9)}  ${text}`);
  }

  /** Runs `work` and records it as a disturbance during which no row can arrive. */
  async disturb(what: Omit<Disturbance, 'from' | 'to'>, work: () => Promise<void>): Promise<void> {
    const from = this.now();
    try {
      await work();
    } finally {
      this.disturbances.push({ ...what, from, to: this.now() });
    }
  }
}

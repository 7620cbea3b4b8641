/** Keeps the next rows of the tables that somebody captures, and stores them. Costs a comparison for each row while nobody does. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { readAny } from '../../checkpoints/read-any.ts';
import { replacingDamaged, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { Clock } from '../../shared/clock.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { slept } from '../../shared/slept.ts';
import { Wake } from '../../shared/wake.ts';
import {
  askedIn,
  askedName,
  type Capture,
  type Captured,
  keptIn,
  keptName,
  LONGEST_ROW,
  MOST_CAPTURES,
  MOST_STORED_BYTES,
} from './document.ts';

/** Rows that come shortly after one another are stored together. Milliseconds. */
const GATHER_MS = 1_000;
/** Consumers that store rows of one capture at the same moment. */
const TRIES = 6;

export interface CapturePorts {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Active {
  readonly capture: Capture;
  /** Not stored yet. */
  rows: Captured['rows'];
  tooLong: number;
  /** Rows that this process has kept, the stored ones included. */
  kept: number;
  /** Nothing more is kept: other consumers have kept the rest. */
  isOver: boolean;
}

/** The captures that are under way, as one process or thread, or an isolate, knows them. */
export class CaptureBook {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #active = new Map<string, Active>();
  readonly #wake = new Wake();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Takes over which captures there are; those that it knows go on. */
  follow(captures: readonly Capture[]): void {
    const before = new Map(this.#active);
    this.#active.clear();
    for (const capture of captures.slice(0, MOST_CAPTURES)) {
      const known = before.get(capture.table);
      const isSame = known?.capture.id === capture.id;
      this.#active.set(
        capture.table,
        isSame ? known : { capture, rows: [], tooLong: 0, kept: 0, isOver: false },
      );
    }
  }

  /** Whether a row of this table is to be kept. @param table as the row has it. */
  wants(table: string): boolean {
    if (this.#active.size === 0) return false;
    const active = this.#active.get(table.toLowerCase());
    return active !== undefined && !active.isOver && this.#clock.now() < active.capture.until;
  }

  /** Keeps a row. @param text its JSON, behind the steps of its table: what those remove must not be in it. */
  take(table: string, text: string): void {
    const active = this.#active.get(table.toLowerCase());
    if (!active || active.isOver) return;
    if (text.length > LONGEST_ROW) active.tooLong += 1;
    else {
      active.rows.push({ at: this.#clock.now(), text });
      active.kept += 1;
    }
    if (active.kept >= active.capture.most || active.tooLong >= active.capture.most) active.isOver = true;
    this.#wake.wake();
  }

  /** Whether there is something to store. */
  get isWaiting(): boolean {
    return [...this.#active.values()].some(({ rows, tooLong }) => rows.length + tooLong > 0);
  }

  /** Stores what was kept. Never rejects: what cannot be stored is logged and dropped, since it is only looked at. */
  async store({ documents, clock, logger }: CapturePorts): Promise<void> {
    for (const active of [...this.#active.values()]) {
      const { capture, rows, tooLong } = active;
      if (rows.length + tooLong === 0) continue;
      active.rows = [];
      active.tooLong = 0;
      try {
        if (!(await addRows(documents, clock, capture, { rows, tooLong }))) continue;
        active.isOver = true;
        await endCapture(documents, capture);
      } catch (error) {
        logger.warn('Captured rows could not be stored', { table: capture.table, ...loggedError(error) });
      }
    }
  }

  /** Stores rows soon after they were kept, until stopped. For a process that keeps running. */
  async run(ports: CapturePorts, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#wake.next(stop);
      if (!(await slept(ports.clock, GATHER_MS, stop))) break;
      await this.store(ports);
    }
  }
}

/** Adds rows to those that all consumers have kept. Resolves with whether there are enough. Throws CheckpointError. */
async function addRows(
  documents: StateDocuments,
  clock: Clock,
  capture: Capture,
  added: Pick<Captured, 'rows' | 'tooLong'>,
): Promise<boolean> {
  const document = sharedDocument(documents, keptName(capture.table), keptIn);
  const outcome = await updateDocument<Captured, boolean>(
    replacingDamaged(document),
    (current) => {
      const next = withRows(current?.id === capture.id ? current : emptyOf(capture), added);
      return { write: next, result: next.full };
    },
    { tries: TRIES, pause: { clock, ms: () => 200 * Math.random() } },
  );
  if (outcome.kind === 'busy') throw outcome.conflict;
  return outcome.result;
}

const emptyOf = (capture: Capture): Captured => ({ ...capture, tooLong: 0, full: false, rows: [] });

function withRows(current: Captured, { rows, tooLong }: Pick<Captured, 'rows' | 'tooLong'>): Captured {
  const all = [...current.rows];
  let bytes = bytesOf(all);
  let full = false;
  for (const row of rows) {
    bytes += bytesOf([row]);
    full ||= bytes > MOST_STORED_BYTES || all.length >= current.most;
    if (full) break;
    all.push(row);
  }
  const long = current.tooLong + tooLong;
  return {
    ...current,
    rows: all,
    tooLong: long,
    full: full || all.length >= current.most || long >= current.most,
  };
}

const bytesOf = (rows: Captured['rows']): number => Buffer.byteLength(JSON.stringify(rows));

/** Removes what a person asked for, unless somebody has asked anew. Throws CheckpointError. */
export async function endCapture(documents: StateDocuments, { id, table }: Capture): Promise<void> {
  const stored = await readAny(documents, askedName(table));
  if (stored && askedIn(stored.value)?.id === id) await documents.remove(askedName(table), stored.etag);
}

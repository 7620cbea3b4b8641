/** Judges a soak from its log: what was lost, repeated without a reason, or out of order. */
import { endComplaints } from './end-complaints.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { type Pace, paceOf } from './liveness.ts';
import type { Letter, RowKey, SoakLog, WrittenRow } from './log.ts';
import { placeOf, rowKey } from './log.ts';
import { countRepeats, type Repeats } from './repeats.ts';

/** How one destination fared. */
export interface Standing {
  readonly destination: string;
  readonly expected: number;
  /** Rows that came, however often. */
  readonly arrived: number;
  readonly deadLetters: number;
  /** Left half written until their blob was taken for closed: in the dead letters in pieces. */
  readonly torn: number;
  /** Their blob was overwritten before they came. */
  readonly gone: number;
  /** Their blob is archived. */
  readonly held: number;
  readonly missing: number;
  /** Of those, the rows that lie whole in the storage. */
  readonly due: number;
  /** Of the rows that nobody poisoned here. */
  readonly pace: Pace;
  readonly repeats: Repeats;
}

export interface Verdict {
  readonly rows: number;
  readonly unreadable: number;
  readonly standings: readonly Standing[];
  /** What must not be, in sentences. Empty: the relay kept its promise. */
  readonly complaints: readonly string[];
}

const EXAMPLES = 5;
/** A row that its destination failed so often when it was sent alone, and that took others since, may be passed. */
const FAILS_ALONE = 2;

/** Compares what was written with what came. Pure: the same log gives the same verdict. */
export function judge(log: SoakLog): Verdict {
  const complaints = new Complaints();
  const byKey = new Map(log.rows.map((row) => [keyOf(row), row]));
  const evidence = new Map(log.destinations.map((name) => [name, evidenceOf(name, log)]));
  const letters = readLetters(log, byKey, evidence, complaints);
  const isGone = overwrittenRows(log);
  const places = new Set(log.rows.map(place));
  const unreadable = log.rows.filter((row) => row.id === undefined);
  for (const row of unreadable) {
    if (!letters.covers(row) && !log.archived.includes(row.blob)) {
      complaints.add('unreadable row in no dead letter', place(row));
    }
  }
  const standings = log.destinations.map((name) =>
    standingOf(name, { log, byKey, places, evidence, letters, isGone, complaints }),
  );
  for (const complaint of endComplaints(log)) complaints.add(complaint.what, complaint.example);
  return {
    rows: log.rows.length,
    unreadable: unreadable.length,
    standings,
    complaints: complaints.sentences,
  };
}

interface Court {
  readonly log: SoakLog;
  readonly byKey: ReadonlyMap<RowKey, WrittenRow>;
  readonly places: ReadonlySet<string>;
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly letters: Letters;
  readonly isGone: (row: WrittenRow) => boolean;
  readonly complaints: Complaints;
}

function standingOf(name: string, court: Court): Standing {
  const { log, byKey, places, evidence, letters, isGone, complaints } = court;
  const expected = log.rows.filter((row) => row.to.includes(name));
  const arrivals = log.arrivals.filter((arrival) => arrival.destination === name);
  const came = new Map<RowKey, number>();
  const order = new OrderCheck(expected, (row, at) => {
    // Only what its destination itself failed, alone and again: it takes others, or none could pass.
    const isIsolated = (evidence.get(name)?.failuresBefore(keyOf(row), at) ?? 0) >= FAILS_ALONE;
    return isIsolated || letters.covers(row);
  });
  for (const { at, blob, offset, id } of arrivals) {
    const where = placeOf(blob, offset);
    const key = rowKey(blob, offset, id);
    const row = byKey.get(key);
    if (!row) {
      const isKnown = places.has(where);
      complaints.add(
        `${name}: a row ${isKnown ? 'under another event id' : 'nobody wrote'}`,
        isKnown ? `${where} ${id}` : where,
      );
    } else if (!row.to.includes(name)) complaints.add(`${name}: a row that was not meant for it`, where);
    else if (!came.has(key)) {
      came.set(key, at);
      const earlier = order.arrived(row, at);
      if (earlier)
        complaints.add(`${name}: a row before an earlier one`, `${where} before ${earlier.offset}`);
    }
  }
  const counts = { deadLetters: 0, torn: 0, gone: 0, held: 0, missing: 0, due: 0 };
  for (const row of expected) {
    if (came.has(keyOf(row))) continue;
    if (letters.has(name, row)) counts.deadLetters++;
    else if (letters.covers(row)) counts.torn++;
    else if (isGone(row)) counts.gone++;
    else if (log.archived.includes(row.blob)) counts.held++;
    else {
      counts.missing++;
      if (row.at !== undefined) counts.due++;
      complaints.add(`${name}: LOST`, place(row));
    }
  }
  const innocent = expected.filter((row) => row.poison?.by !== name && !log.archived.includes(row.blob));
  const pace = paceOf(name, innocent, (row) => came.get(keyOf(row)), log);
  for (const { row, took } of pace.late) {
    complaints.add(
      `${name}: a row that nobody poisoned took longer than ${seconds(log.limits.liveWithinMs)}`,
      `${place(row)} took ${seconds(took)}`,
    );
  }
  const repeats = countRepeats(name, arrivals, log);
  for (const where of repeats.unexplained) complaints.add(`${name}: a repeat that nothing explains`, where);
  if (repeats.afterInjuries > repeats.bound) {
    complaints.add(
      `${name}: more repeats than so few injuries explain`,
      `${repeats.afterInjuries} > ${repeats.bound}`,
    );
  }
  return { destination: name, expected: expected.length, arrived: came.size, ...counts, pace, repeats };
}

/** Rows of a generation of their blob that another one has replaced. */
function overwrittenRows({ overwrites }: SoakLog): (row: WrittenRow) => boolean {
  const latest = new Map<string, number>();
  for (const { blob, generation } of overwrites) {
    latest.set(blob, Math.max(generation, latest.get(blob) ?? 0));
  }
  return ({ blob, generation = 0 }) => generation < (latest.get(blob) ?? 0);
}

interface Letters {
  /** The destination itself refused the row. */
  has(destination: string, row: WrittenRow): boolean;
  /** The row's bytes, or all pieces of them, are among those that could not be read. */
  covers(row: WrittenRow): boolean;
}

/** Checks that each dead letter has its cause, and looks them up. */
function readLetters(
  { letters, destinations }: SoakLog,
  byKey: ReadonlyMap<RowKey, WrittenRow>,
  evidence: ReadonlyMap<string, Evidence>,
  complaints: Complaints,
): Letters {
  const own = new Set<string>();
  const unreadable = new Map<string, Letter[]>();
  for (const letter of letters) {
    const where = placeOf(letter.blob, letter.offset);
    const { destination } = letter;
    if (letter.reason === '') complaints.add('dead letter without a reason', where);
    if (destination === undefined) {
      const list = unreadable.get(letter.blob);
      if (list) list.push(letter);
      else unreadable.set(letter.blob, [letter]);
      continue;
    }
    const key = rowKey(letter.blob, letter.offset, letter.id);
    const row = byKey.get(key);
    const example = `${destination} ${where}`;
    own.add(`${destination} ${key}`);
    const known = evidence.get(destination);
    if (!row) complaints.add('dead letter of a row that nobody wrote, or under another event id', example);
    else if (!destinations.includes(destination) || !row.to.includes(destination)) {
      complaints.add('dead letter of a row that was not meant for its destination', example);
    } else if ((known?.failuresBefore(key, Number.POSITIVE_INFINITY) ?? 0) < FAILS_ALONE) {
      complaints.add('dead letter of a row its destination did not fail alone, again and again', example);
    } else if (!known?.livedAfter(key)) {
      complaints.add('dead letter of a row since whose failure its destination took no other', example);
    }
    if (letter.isolating) complaints.add('row still tried again at the end', example);
  }
  return {
    has: (destination, row) => own.has(`${destination} ${keyOf(row)}`),
    covers(row) {
      let at = row.offset;
      const pieces = (unreadable.get(row.blob) ?? []).sort((a, b) => a.offset - b.offset);
      for (const { offset, length } of pieces) {
        // Pieces of this row alone: what goes beyond it is a whole blob taken for something else.
        if (offset === at && offset + length <= row.end) at = offset + length;
      }
      // The line end alone may be missing: it is in no row.
      return at >= row.end - 2;
    },
  };
}

/** A row's first arrival comes after the first arrivals of all rows before it in its blob. */
class OrderCheck {
  readonly #rows = new Map<string, WrittenRow[]>();
  readonly #next = new Map<string, number>();
  readonly #came = new Set<WrittenRow>();
  readonly #excused: (row: WrittenRow, at: number) => boolean;

  constructor(expected: readonly WrittenRow[], excused: (row: WrittenRow, at: number) => boolean) {
    this.#excused = excused;
    for (const row of expected) {
      const list = this.#rows.get(streamOf(row));
      if (list) list.push(row);
      else this.#rows.set(streamOf(row), [row]);
    }
    for (const list of this.#rows.values()) list.sort((a, b) => a.offset - b.offset);
  }

  /** The first of the earlier rows that should have come before, where there are such. Each is told once. */
  arrived(row: WrittenRow, at: number): WrittenRow | undefined {
    this.#came.add(row);
    const stream = streamOf(row);
    const rows = this.#rows.get(stream) ?? [];
    let next = this.#next.get(stream) ?? 0;
    let missed: WrittenRow | undefined;
    for (let waiting = rows[next]; waiting && waiting.offset < row.offset; waiting = rows[next]) {
      if (!this.#came.has(waiting) && !this.#excused(waiting, at)) missed ??= waiting;
      next++;
    }
    this.#next.set(stream, next);
    return missed;
  }
}

/** Complaints of one kind become one sentence, with examples. */
class Complaints {
  readonly #kinds = new Map<string, string[]>();

  add(kind: string, example: string): void {
    const examples = this.#kinds.get(kind);
    if (examples) examples.push(example);
    else this.#kinds.set(kind, [example]);
  }

  get sentences(): readonly string[] {
    return [...this.#kinds].map(([kind, examples]) => {
      const shown = examples.slice(0, EXAMPLES).join('; ');
      return `${kind} (${examples.length}): ${shown}${examples.length > EXAMPLES ? '; ...' : ''}`;
    });
  }
}

/** What has an order: a blob, as long as it is not overwritten. */
function streamOf({ blob, generation = 0 }: WrittenRow): string {
  return `${blob} ${generation}`;
}

function keyOf({ blob, offset, id }: WrittenRow): RowKey {
  return rowKey(blob, offset, id);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function place(row: WrittenRow): string {
  return placeOf(row.blob, row.offset);
}

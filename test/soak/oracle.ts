import { endComplaints } from './end-complaints.ts';
import type { Letter, SoakLog, WrittenRow } from './log.ts';
import { placeOf } from './log.ts';
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
  readonly missing: number;
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

/** Compares what was written with what came. Pure: the same log gives the same verdict. */
export function judge(log: SoakLog): Verdict {
  const complaints = new Complaints();
  const byPlace = new Map(log.rows.map((row) => [placeOf(row.blob, row.offset), row]));
  const letters = readLetters(log, byPlace, complaints);
  const unreadable = log.rows.filter((row) => row.id === undefined);
  for (const row of unreadable) {
    if (!letters.covers(row)) complaints.add('unreadable row in no dead letter', place(row));
  }
  const standings = log.destinations.map((name) => standingOf(name, log, byPlace, letters, complaints));
  for (const complaint of endComplaints(log)) complaints.add(complaint.what, complaint.example);
  return {
    rows: log.rows.length,
    unreadable: unreadable.length,
    standings,
    complaints: complaints.sentences,
  };
}

function standingOf(
  name: string,
  log: SoakLog,
  byPlace: ReadonlyMap<string, WrittenRow>,
  letters: Letters,
  complaints: Complaints,
): Standing {
  const expected = log.rows.filter((row) => row.to.includes(name));
  const arrivals = log.arrivals.filter((arrival) => arrival.destination === name);
  const came = new Set<string>();
  const refused = refusedAlone(name, log);
  const order = new OrderCheck(expected, (row, at) => {
    // Refused by itself, a row is on its way to the dead letters, and the next may go: unless a crash has it tried once more.
    const refusedAt = refused.get(place(row));
    return letters.has(name, row) || letters.covers(row) || (refusedAt !== undefined && refusedAt < at);
  });
  for (const { at, blob, offset, id } of arrivals) {
    const where = placeOf(blob, offset);
    const row = byPlace.get(where);
    if (!row) complaints.add(`${name}: a row nobody wrote`, where);
    else if (row.id !== id) complaints.add(`${name}: a row under another event id`, `${where} ${id}`);
    else if (!row.to.includes(name)) complaints.add(`${name}: a row that was not meant for it`, where);
    else if (!came.has(where)) {
      came.add(where);
      const earlier = order.arrived(row, at);
      if (earlier)
        complaints.add(`${name}: a row before an earlier one`, `${where} before ${earlier.offset}`);
    }
  }
  let deadLetters = 0;
  let torn = 0;
  let missing = 0;
  for (const row of expected) {
    if (came.has(place(row))) continue;
    if (letters.has(name, row)) deadLetters++;
    else if (letters.covers(row)) torn++;
    else {
      missing++;
      complaints.add(`${name}: LOST`, place(row));
    }
  }
  const repeats = countRepeats(name, arrivals, log);
  for (const where of repeats.unexplained) complaints.add(`${name}: a repeat that nothing explains`, where);
  if (repeats.afterInjuries > repeats.bound) {
    complaints.add(
      `${name}: more repeats than so few injuries explain`,
      `${repeats.afterInjuries} > ${repeats.bound}`,
    );
  }
  return {
    destination: name,
    expected: expected.length,
    arrived: came.size,
    deadLetters,
    torn,
    missing,
    repeats,
  };
}

/** When each row was first refused in a request that held nothing else. */
function refusedAlone(name: string, log: SoakLog): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { at, destination, kind, rows } of log.troubles) {
    const [row] = rows;
    if (destination !== name || kind !== 'rows_refused' || rows.length !== 1 || row === undefined) continue;
    first.set(row, Math.min(at, first.get(row) ?? at));
  }
  return first;
}

interface Letters {
  /** The destination itself refused the row. */
  has(destination: string, row: WrittenRow): boolean;
  /** The row's bytes, or all pieces of them, are among those that could not be read. */
  covers(row: WrittenRow): boolean;
}

/** Checks that each dead letter has its cause, and looks them up. */
function readLetters(
  { letters, troubles, destinations }: SoakLog,
  byPlace: ReadonlyMap<string, WrittenRow>,
  complaints: Complaints,
): Letters {
  const refused = new Set(
    troubles
      .filter(({ kind }) => kind === 'rows_refused')
      .flatMap(({ destination, rows }) => rows.map((row) => `${destination} ${row}`)),
  );
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
    own.add(`${destination} ${where}`);
    const row = byPlace.get(where);
    if (!destinations.includes(destination) || !row?.to.includes(destination)) {
      complaints.add(
        'dead letter of a row that was not meant for its destination',
        `${destination} ${where}`,
      );
    } else if (row.id !== letter.id) complaints.add('dead letter under another event id', where);
    else if (!refused.has(`${destination} ${where}`)) {
      complaints.add('dead letter of a row its destination never refused', `${destination} ${where}`);
    }
  }
  return {
    has: (destination, row) => own.has(`${destination} ${place(row)}`),
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
      const list = this.#rows.get(row.blob);
      if (list) list.push(row);
      else this.#rows.set(row.blob, [row]);
    }
    for (const list of this.#rows.values()) list.sort((a, b) => a.offset - b.offset);
  }

  /** The earlier row that should have come first, where there is one. */
  arrived(row: WrittenRow, at: number): WrittenRow | undefined {
    this.#came.add(row);
    const rows = this.#rows.get(row.blob) ?? [];
    let next = this.#next.get(row.blob) ?? 0;
    let waiting = rows[next];
    while (
      waiting &&
      waiting.offset < row.offset &&
      (this.#came.has(waiting) || this.#excused(waiting, at))
    ) {
      next++;
      waiting = rows[next];
    }
    this.#next.set(row.blob, next);
    return waiting && waiting.offset < row.offset ? waiting : undefined;
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

function place(row: WrittenRow): string {
  return placeOf(row.blob, row.offset);
}

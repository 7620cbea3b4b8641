/**
 * Judges a soak by its log. Who got what, and in which order, is the ledger's part, as in the demo; here it is asked besides
 * whether each dead letter and each repeat has its cause, how long rows took, and what was left at the end.
 */
import { Complaints } from '../../lab/oracle/complaints.ts';
import { type Account, createLedger, type Ledger, type Settlement } from '../../lab/oracle/ledger.ts';
import { placeOf } from '../../lab/oracle/place.ts';
import { endComplaints } from './end-complaints.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { type Pace, paceOf } from './liveness.ts';
import type { Letter, RowKey, SoakLog, WrittenRow } from './log.ts';
import { rowKey } from './log.ts';
import { countRepeats, type Repeats } from './repeats.ts';

/** How one destination fared. */
export interface Standing extends Omit<Account, 'repeats'> {
  /** Of the rows that are missing, those that lie whole in the storage. */
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

/** A row that its destination failed so often when it was sent alone, and that took others since, may be passed. */
const FAILS_ALONE = 2;

/** Compares what was written with what came. Pure: the same log gives the same verdict. */
export function judge(log: SoakLog): Verdict {
  const complaints = new Complaints();
  const ledger = createLedger(log.destinations);
  for (const row of log.rows) {
    ledger.written({ ...row, expected: row.to.map((destination) => ({ destination })) });
  }
  const evidence = new Map(log.destinations.map((name) => [name, evidenceOf(name, log)]));
  const letters = readLetters({ log, ledger, evidence, complaints });
  const court: Court = { log, ledger, evidence, letters, isGone: overwrittenRows(log), complaints };
  const unreadable = log.rows.filter((row) => row.id === undefined);
  for (const row of unreadable) {
    if (!letters.covers(row) && !log.archived.includes(row.blob)) {
      complaints.add('unreadable row in no dead letter', placeOf(row.blob, row.offset));
    }
  }
  const standings = log.destinations.map((name) => standingOf(name, court));
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
  /** A row's number there is its index in the log. */
  readonly ledger: Ledger;
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly letters: Letters;
  readonly isGone: (row: WrittenRow) => boolean;
  readonly complaints: Complaints;
}

function standingOf(name: string, court: Court): Standing {
  const { log, ledger, complaints } = court;
  const came = readArrivals(name, court);
  const due = settleRows(name, court);
  ledger.complain(name, complaints);
  const innocent = log.rows.filter(
    (row) => row.to.includes(name) && row.poison?.by !== name && !log.archived.includes(row.blob),
  );
  const pace = paceOf(name, innocent, (row) => came.get(row), log);
  for (const { row, took } of pace.late) {
    complaints.add(
      `${name}: a row that nobody poisoned took longer than ${seconds(log.limits.liveWithinMs)}`,
      `${placeOf(row.blob, row.offset)} took ${seconds(took)}`,
    );
  }
  return { ...ledger.account(name), due, pace, repeats: judgeRepeats(name, court) };
}

/** Writes the destination's arrivals into the ledger; gives when each row came first. */
function readArrivals(
  name: string,
  { log, ledger, evidence, letters }: Court,
): ReadonlyMap<WrittenRow, number> {
  const came = new Map<WrittenRow, number>();
  for (const arrival of log.arrivals) {
    if (arrival.destination !== name) continue;
    const { at } = arrival;
    const first = ledger.arrived(name, arrival, (number) => {
      const row = log.rows[number];
      if (!row) return false;
      // Only what its destination itself failed, alone and again: it takes others, or none could pass.
      const failures = evidence.get(name)?.failuresBefore(keyOf(row), at) ?? 0;
      return failures >= FAILS_ALONE || letters.covers(row);
    });
    const row = first === undefined ? undefined : log.rows[first];
    if (row) came.set(row, at);
  }
  return came;
}

/** Says of each row that did not come what became of it. Gives how many of the lost lie whole in the storage. */
function settleRows(name: string, { log, ledger, letters, isGone }: Court): number {
  let due = 0;
  const fateOf = (row: WrittenRow): Settlement | undefined => {
    if (letters.has(name, row)) return 'deadLetters';
    if (letters.covers(row)) return 'torn';
    if (isGone(row)) return 'gone';
    return log.archived.includes(row.blob) ? 'held' : undefined;
  };
  for (const number of ledger.open(name)) {
    const row = log.rows[number];
    if (!row) continue;
    const fate = fateOf(row);
    if (fate !== undefined) ledger.settle(name, number, fate);
    else if (row.at !== undefined) due++;
  }
  return due;
}

function judgeRepeats(name: string, { log, complaints }: Court): Repeats {
  const arrivals = log.arrivals.filter(({ destination }) => destination === name);
  const repeats = countRepeats(name, arrivals, log);
  for (const where of repeats.unexplained) complaints.add(`${name}: a repeat that nothing explains`, where);
  return repeats;
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
function readLetters(court: Pick<Court, 'log' | 'ledger' | 'evidence' | 'complaints'>): Letters {
  const own = new Set<string>();
  const unreadable = new Map<string, Letter[]>();
  for (const letter of court.log.letters) {
    const { destination } = letter;
    if (letter.reason === '') {
      court.complaints.add('dead letter without a reason', placeOf(letter.blob, letter.offset));
    }
    if (destination === undefined) {
      unreadable.set(letter.blob, [...(unreadable.get(letter.blob) ?? []), letter]);
      continue;
    }
    own.add(`${destination} ${rowKey(letter.blob, letter.offset, letter.id)}`);
    checkLetter(destination, letter, court);
  }
  for (const pieces of unreadable.values()) pieces.sort((a, b) => a.offset - b.offset);
  return {
    has: (destination, row) => own.has(`${destination} ${keyOf(row)}`),
    covers(row) {
      let at = row.offset;
      for (const { offset, length } of unreadable.get(row.blob) ?? []) {
        // Pieces of this row alone: what goes beyond it is a whole blob taken for something else.
        if (offset === at && offset + length <= row.end) at = offset + length;
      }
      // The line end alone may be missing: it is in no row.
      return at >= row.end - 2;
    },
  };
}

/** A row is in a destination's dead letters only where that destination failed it alone, again and again, and lived. */
function checkLetter(
  destination: string,
  letter: Letter,
  { log, ledger, evidence, complaints }: Pick<Court, 'log' | 'ledger' | 'evidence' | 'complaints'>,
): void {
  const { blob, offset, id } = letter;
  const key = rowKey(blob, offset, id);
  const example = `${destination} ${placeOf(blob, offset)}`;
  const number = ledger.find({ blob, offset, id: id ?? '' });
  const row = number === undefined ? undefined : log.rows[number];
  const known = evidence.get(destination);
  if (!row) {
    complaints.add('dead letter of a row that nobody wrote, or under another event id', example);
  } else if (!log.destinations.includes(destination) || !row.to.includes(destination)) {
    complaints.add('dead letter of a row that was not meant for its destination', example);
  } else if ((known?.failuresBefore(key, Number.POSITIVE_INFINITY) ?? 0) < FAILS_ALONE) {
    complaints.add('dead letter of a row its destination did not fail alone, again and again', example);
  } else if (!known?.livedAfter(key)) {
    complaints.add('dead letter of a row since whose failure its destination took no other', example);
  }
  if (letter.isolating) complaints.add('row still tried again at the end', example);
}

function keyOf({ blob, offset, id }: WrittenRow): RowKey {
  return rowKey(blob, offset, id);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Judges a soak by its log. The ledger, as in the demo, checks which destination received which rows in which order. This file also checks
 * that each dead letter and each repeat has a cause, how long rows took, and what was left at the end.
 */
import { Complaints } from '../../lab/oracle/complaints.ts';
import { type Account, createLedger, type Ledger, type Settlement } from '../../lab/oracle/ledger.ts';
import { type Place, placeOf } from '../../lab/oracle/place.ts';
import { ToldAlerts } from '../../lab/oracle/told-alerts.ts';
import { endComplaints } from './end-complaints.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { type Pace, paceOf } from './liveness.ts';
import type { Letter, RowKey, SoakLog, WrittenRow } from './log.ts';
import { rowKey } from './log.ts';
import { countRepeats, NO_REPEATS, type Repeats } from './repeats.ts';

/** The result for one destination. */
export interface Standing extends Omit<Account, 'repeats'> {
  /** The number of missing rows that are completely in the storage. */
  readonly due: number;
  /** The times of the rows that are not poisoned for this destination. */
  readonly pace: Pace;
  readonly repeats: Repeats;
}

export interface Verdict {
  readonly rows: number;
  readonly unreadable: number;
  readonly standings: readonly Standing[];
  /** The violations, as sentences. Empty if the relay kept its promises. */
  readonly complaints: readonly string[];
}

/** The relay may pass a row that failed alone so often if its destination has accepted others since. */
const FAILS_ALONE = 2;
/** A message to people is given up after so many refusals. */
const REFUSALS = 4;
const REFUSALS_WHILE_OTHERS_PASS = 2;

/** Compares what was written with what arrived. Pure: the same log gives the same verdict. */
export function judge(log: SoakLog): Verdict {
  const complaints = new Complaints();
  const ledger = createLedger(log.destinations);
  for (const row of log.rows) {
    const machines = row.to.filter((destination) => !log.people.includes(destination));
    ledger.written({ ...row, expected: machines.map((destination) => ({ destination })) });
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
  const standings = log.destinations.map((name) =>
    log.people.includes(name) ? standingOfPeople(name, court) : standingOf(name, court),
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
  /** The ledger, in which a row's number is its index in the log. */
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

/**
 * A message stands for groups of alerts, so no alert is looked for by itself: the counts of all groups, said or in dead letters, add up to
 * the alarms that were written. In the end none may be in the state only.
 */
function standingOfPeople(name: string, court: Court): Standing {
  const { log, complaints } = court;
  const told = new ToldAlerts();
  let complete = 0;
  for (const row of log.rows) {
    if (!row.to.includes(name)) continue;
    const place = `${placeOf(row.blob, row.offset)} ${row.generation ?? 0}`;
    if (fateOf(name, row, court) !== undefined) told.excuse();
    else {
      told.expect(place, undefined, place);
      if (row.at !== undefined) complete++;
    }
  }
  for (const { destination, groups, operational } of log.messages) {
    if (destination === name) told.said({ groups, operational, text: 'a message' });
  }
  for (const { destination, group } of log.letters)
    if (destination === name && group) told.deadLettered(group);
  for (const group of log.end.groups) if (group.destination === name) told.stored(group);
  for (const { what, example, more } of told.complaints()) complaints.add(`${name}: ${what}`, example, more);
  const { repeats: total, ...counts } = told.counts;
  const causes = repeatCauses(name, log);
  if (total > causes)
    complaints.add(`${name}: messages that nothing explains came again`, `${total} > ${causes}`);
  return {
    destination: name,
    ...counts,
    torn: 0,
    gone: 0,
    held: 0,
    outOfOrder: 0,
    due: Math.max(0, complete - counts.arrived - counts.deadLetters),
    pace: { slowest: 0, most: 0, late: [] },
    repeats: { ...NO_REPEATS, total },
  };
}

/** How often a message may come again: after each lost reply, and after whatever kept the relay from writing down that it was said. */
function repeatCauses(name: string, { troubles, injuries }: SoakLog): number {
  const lost = troubles.filter(({ destination, kind }) => destination === name && kind === 'reply_lost');
  return lost.length + injuries.filter(({ kind }) => kind !== 'claim_broken').length;
}

/** Why a row need not arrive; undefined if it must. */
function fateOf(name: string, row: WrittenRow, { log, letters, isGone }: Court): Settlement | undefined {
  if (letters.has(name, row)) return 'deadLetters';
  if (letters.covers(row)) return 'torn';
  if (isGone(row)) return 'gone';
  return log.archived.includes(row.blob) ? 'held' : undefined;
}

/** Enters a destination's arrivals into the ledger, and returns when each row first arrived. */
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
      // A row may be passed only if the destination failed it alone repeatedly. That the later row arrived proves that it accepts others.
      const failures = evidence.get(name)?.failuresBefore(keyOf(row), at) ?? 0;
      return failures >= FAILS_ALONE || letters.covers(row);
    });
    const row = first === undefined ? undefined : log.rows[first];
    if (row) came.set(row, at);
  }
  return came;
}

/** Settles each row that did not arrive by its cause. Returns how many of the missing rows are completely in the storage. */
function settleRows(name: string, court: Court): number {
  const { log, ledger } = court;
  let due = 0;
  for (const number of ledger.open(name)) {
    const row = log.rows[number];
    if (!row) continue;
    const fate = fateOf(name, row, court);
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

/** Makes a test of whether a row is of a generation of its blob that was overwritten. */
function overwrittenRows({ overwrites }: SoakLog): (row: WrittenRow) => boolean {
  const latest = new Map<string, number>();
  for (const { blob, generation } of overwrites) {
    latest.set(blob, Math.max(generation, latest.get(blob) ?? 0));
  }
  return ({ blob, generation = 0 }) => generation < (latest.get(blob) ?? 0);
}

interface Letters {
  /** Whether a letter says that the destination refused the row. */
  has(destination: string, row: WrittenRow): boolean;
  /** Whether the row's bytes, perhaps in several pieces, are in letters of unreadable rows. */
  covers(row: WrittenRow): boolean;
}

/** Checks that each dead letter has a cause, and indexes the letters. */
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
    // The letter of a group is about all of its alerts, not about the first one's row.
    if (letter.group === undefined)
      own.add(`${destination} ${rowKey(letter.blob, letter.offset, letter.id)}`);
    checkLetter(destination, letter, court);
  }
  for (const pieces of unreadable.values()) pieces.sort((a, b) => a.offset - b.offset);
  return {
    has: (destination, row) => own.has(`${destination} ${keyOf(row)}`),
    covers(row) {
      let at = row.offset;
      for (const { offset, length } of unreadable.get(row.blob) ?? []) {
        // Only pieces within this row count: a piece that goes beyond it comes from a blob that was read in the wrong format.
        if (offset === at && offset + length <= row.end) at = offset + length;
      }
      // The line end, which is not part of the row, may be missing.
      return at >= row.end - 2;
    },
  };
}

/** Complains about a dead letter unless its destination failed the row alone repeatedly and accepted other rows. */
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
  } else if (letter.group !== undefined) {
    const refused = refusals(destination, placeOf(blob, offset), log);
    if (refused === 0) complaints.add('dead letter of a group that nobody refused', example);
    else if (!isGivenUpRightly(destination, placeOf(blob, offset), log)) {
      complaints.add('dead letter of a group that was refused too seldom', `${example}, ${refused} times`);
    }
  } else if ((known?.failuresBefore(key, Number.POSITIVE_INFINITY) ?? 0) < FAILS_ALONE) {
    complaints.add('dead letter of a row its destination did not fail alone, again and again', example);
  } else if (!known?.livedAfter(key)) {
    complaints.add('dead letter of a row since whose failure its destination took no other', example);
  }
  if (letter.isolating) complaints.add('row still tried again at the end', example);
}

/** When the destination refused a message whose first alert is of this row. */
function refusedAt(destination: string, place: Place, { troubles }: SoakLog): readonly number[] {
  return troubles.flatMap(({ at, destination: by, kind, rows }) =>
    by === destination && kind === 'rows_refused' && rows.includes(place) ? [at] : [],
  );
}

function refusals(destination: string, place: Place, log: SoakLog): number {
  return refusedAt(destination, place, log).length;
}

/** A message may be given up after its second refusal if the destination took another in between, and otherwise after its fourth. */
function isGivenUpRightly(destination: string, place: Place, log: SoakLog): boolean {
  const times = refusedAt(destination, place, log);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const tookOthers = log.messages.some(
    ({ at, destination: to }) => to === destination && at >= first && at <= last,
  );
  return times.length >= (tookOthers ? REFUSALS_WHILE_OTHERS_PASS : REFUSALS);
}

function keyOf({ blob, offset, id }: WrittenRow): RowKey {
  return rowKey(blob, offset, id);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

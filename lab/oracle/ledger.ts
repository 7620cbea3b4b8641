/**
 * Keeps account of what was written and what has arrived where. Demo, tests and soak are judged by it. It uses none of the relay's code, so
 * that a mistake of the relay cannot also be a mistake of its judge.
 */
import { Alerts } from './alerts.ts';
import type { Complaints } from './complaints.ts';
import { type Growable, growable } from './growable.ts';
import { createIds } from './ids.ts';
import { type Place, placeOf } from './place.ts';
import { type GroupCount, ToldAlerts, type ToldMessage } from './told-alerts.ts';

/** Something that a destination must receive because of a row: the row itself, or the alert of a rule. */
export interface Expected {
  readonly destination: string;
  /** The rule's title, for an alert. */
  readonly rule?: string;
  /** At a destination for people, names an alert of Defender, of which several rows may be. By default an alert is the row's. */
  readonly alert?: string;
}

/** A written row. */
export interface LedgerRow {
  /** `container/name`. */
  readonly blob: string;
  /** The offset of its first byte. Ascending within a blob's generation. */
  readonly offset: number;
  /** The event id; undefined for an unreadable row. */
  readonly id: string | undefined;
  /** How often its blob had been overwritten when it was written. */
  readonly generation?: number | undefined;
  /** The filter that drops the row, if there is one; then nothing is expected. */
  readonly filter?: string;
  readonly expected: readonly Expected[];
}

/** A row or alert that a receiver got. */
export interface Arrival {
  readonly blob: string;
  readonly offset: number;
  readonly id: string;
  readonly rule?: string;
}

/**
 * Why a row did not arrive: it is among the dead letters, whole or in pieces; its blob was overwritten; or its blob is archived.
 */
export const SETTLEMENTS = ['deadLetters', 'torn', 'gone', 'held'] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

/** The account of one destination. */
export interface Account extends Readonly<Record<Settlement, number>> {
  readonly destination: string;
  readonly expected: number;
  /** The number of distinct rows and alerts that arrived. */
  readonly arrived: number;
  /** The number of repeated arrivals. */
  readonly repeats: number;
  /** The number of expected rows and alerts that neither arrived nor were settled. */
  readonly missing: number;
  /** At a destination for people, how many of the missing alerts are in groups of the state that messages have not counted yet. */
  readonly waiting: number;
  /** The number of arrivals that were not expected here, or whose row was never written, or has another event id. */
  readonly unexpected: number;
  /** The number of rows that had not arrived when a later row of their blob did, without an excuse. */
  readonly outOfOrder: number;
}

/**
 * The ledger identifies a row by its place (blob and offset), so that two copies of one row are two rows, and by its event id. It takes
 * about 40 bytes per row, and one byte per row and destination, so that a run of millions of rows fits into memory.
 */
export interface Ledger {
  readonly rows: number;
  readonly filtered: ReadonlyMap<string, number>;
  /** Enters a written row, and returns its number, 0 for the first. */
  written(row: LedgerRow): number;
  /**
   * Enters the arrival of a row, or of an alert that contains the place of its row. Returns the row's number if the row arrived for the first
   * time.
   *
   * @param mayPass whether this later row may arrive before the given row.
   */
  arrived(destination: string, arrival: Arrival, mayPass?: (row: number) => boolean): number | undefined;
  /** Enters the arrival of a message to people, which stands for groups of alerts. */
  messageArrived(destination: string, message: ToldMessage): void;
  /** Enters a group of alerts that the relay's state has, whether or not a message has counted all of them. */
  groupStored(destination: string, group: GroupCount): void;
  /** Enters a group of alerts whose message was refused for good. */
  groupDeadLettered(destination: string, group: GroupCount): void;
  /** Enters a dead letter, which settles its row, or all alerts of its row, and allows later rows to pass it. */
  deadLettered(destination: string, arrival: Arrival): void;
  /** Settles a row that did not arrive. This does not excuse later rows that arrived before. */
  settle(destination: string, row: number, how: Settlement): void;
  /** The number of the row that was written at a place with this id. */
  find(arrival: Pick<Arrival, 'blob' | 'offset' | 'id'>): number | undefined;
  /** The numbers of the expected rows that neither arrived nor were settled. */
  open(destination: string): Iterable<number>;
  account(destination: string): Account;
  /** Adds complaints about everything that is wrong at the destination. */
  complain(destination: string, complaints: Complaints): void;
}

/** The rows of one generation of one blob. */
interface Stream {
  readonly generation: number;
  readonly offsets: Growable;
  readonly numbers: Growable;
}

interface Book {
  readonly counts: Record<Settlement | 'expected' | 'arrived' | 'repeats', number>;
  /** One byte per row: EXPECTED, ARRIVED, SETTLED. */
  readonly states: Growable;
  readonly alerts: Alerts;
  /** Only at a destination for people. */
  readonly told: ToldAlerts | undefined;
  /** By stream, the first row before which all rows were checked. */
  readonly next: Map<Stream, number>;
  /** By number of a row that a later one passed, its place. */
  readonly passed: Map<number, string>;
  /** Unexplained arrivals: their kinds and places. */
  readonly unexpected: { readonly what: string; readonly where: string }[];
}

const EXPECTED = 1;
const ARRIVED = 2;
/** The rest of the byte holds the index in {@link SETTLEMENTS}, from 1. */
const SETTLED_SHIFT = 2;

/**
 * @param destinations all destinations.
 * @param people the destinations whose messages stand for groups of alerts.
 */
export function createLedger(destinations: readonly string[], people: readonly string[] = []): Ledger {
  const ids = createIds();
  const blobs = new Map<string, Stream[]>();
  const filtered = new Map<string, number>();
  const books = new Map<string, Book>(destinations.map((name) => [name, emptyBook(people.includes(name))]));

  const bookOf = (destination: string): Book => {
    const found = books.get(destination);
    if (!found) throw new RangeError(`The ledger knows no destination "${destination}".`);
    return found;
  };
  const toldBy = (destination: string): ToldAlerts => {
    const { told } = bookOf(destination);
    if (!told) throw new RangeError(`"${destination}" is no destination for people.`);
    return told;
  };
  const keyOf = ({ blob, offset }: Pick<Arrival, 'blob' | 'offset'>, rule: string) =>
    `${rule}\n${placeOf(blob, offset)}`;

  function* at({ blob, offset }: Pick<Arrival, 'blob' | 'offset'>): Generator<readonly [Stream, number]> {
    // The present content of the blob is the likeliest.
    for (const stream of (blobs.get(blob) ?? []).toReversed()) {
      const index = stream.offsets.indexOf(offset);
      if (index >= 0) yield [stream, index];
    }
  }

  function locate(arrival: Pick<Arrival, 'blob' | 'offset' | 'id'>): readonly [Stream, number] | undefined {
    for (const [stream, index] of at(arrival)) {
      if (ids.is(stream.numbers.get(index), arrival.id)) return [stream, index];
    }
    return undefined;
  }

  function find(arrival: Pick<Arrival, 'blob' | 'offset' | 'id'>): number | undefined {
    const found = locate(arrival);
    return found?.[0].numbers.get(found[1]);
  }

  function surprise(book: Book, what: string, { blob, offset }: Arrival, more = ''): void {
    book.unexpected.push({ what, where: placeOf(blob, offset) + more });
  }

  return {
    get rows() {
      return ids.length;
    },
    filtered,
    find,
    written(row) {
      const number = ids.length;
      append(streamOf(blobs, row), row, number);
      ids.push(row.id ?? '');
      if (row.filter !== undefined) filtered.set(row.filter, (filtered.get(row.filter) ?? 0) + 1);
      for (const { states } of books.values()) states.push(0);
      for (const { destination, rule, alert } of row.expected) {
        const { alerts, told, counts, states } = bookOf(destination);
        const place = placeOf(row.blob, row.offset);
        // A digest names an alert of Defender by Defender's title.
        if (told) told.expect(alert ?? place, alert === undefined ? rule : undefined, place);
        else if (rule !== undefined) alerts.expect(keyOf(row, rule), rule, place);
        else if (states.get(number) === 0) {
          states.set(number, EXPECTED);
          counts.expected++;
        }
      }
      return number;
    },
    arrived(destination, arrival, mayPass = () => false) {
      const book = bookOf(destination);
      const found = locate(arrival);
      if (!found) {
        const isKnown = !at(arrival).next().done;
        if (isKnown) surprise(book, 'a row under another event id', arrival, ` ${arrival.id}`);
        else surprise(book, 'a row nobody wrote', arrival);
        return undefined;
      }
      const [stream, index] = found;
      const row = stream.numbers.get(index);
      if (arrival.rule !== undefined) {
        const isExpected = book.alerts.arrived(keyOf(arrival, arrival.rule));
        if (!isExpected) surprise(book, 'an alert that no rule explains', arrival);
        return undefined;
      }
      const state = book.states.get(row);
      if ((state & EXPECTED) === 0) {
        surprise(book, 'a row that was not meant for it', arrival);
        return undefined;
      }
      if ((state & ARRIVED) !== 0) {
        book.counts.repeats++;
        return undefined;
      }
      unsettle(book, row);
      book.states.set(row, EXPECTED | ARRIVED);
      book.counts.arrived++;
      checkOrder(book, stream, index, { arrival, mayPass });
      return row;
    },
    messageArrived(destination, message) {
      toldBy(destination).said(message);
    },
    groupStored(destination, group) {
      toldBy(destination).stored(group);
    },
    groupDeadLettered(destination, group) {
      toldBy(destination).deadLettered(group);
    },
    deadLettered(destination, arrival) {
      const book = bookOf(destination);
      const row = find(arrival);
      if (row === undefined) surprise(book, 'a dead letter of a row nobody wrote', arrival);
      else if (arrival.rule === undefined && (book.states.get(row) & EXPECTED) !== 0) {
        if (book.states.get(row) === EXPECTED) book.passed.delete(row);
        settle(book, row, 'deadLetters');
      } else book.alerts.deadLettered(placeOf(arrival.blob, arrival.offset));
    },
    settle(destination, row, how) {
      settle(bookOf(destination), row, how);
    },
    *open(destination) {
      const { states } = bookOf(destination);
      for (let row = 0; row < states.length; row++) if (states.get(row) === EXPECTED) yield row;
    },
    account(destination) {
      return accountOf(destination, bookOf(destination));
    },
    complain(destination, complaints) {
      const { states, alerts, told, passed, unexpected } = bookOf(destination);
      for (const { what, where } of unexpected) complaints.add(`${destination}: ${what}`, where);
      for (const where of passed.values())
        complaints.add(`${destination}: a row before an earlier one`, where);
      for (const place of missingPlaces(blobs, states)) complaints.add(`${destination}: LOST`, place);
      for (const what of alerts.missing()) complaints.add(`${destination}: LOST`, what);
      for (const { what, example, more } of told?.complaints() ?? []) {
        complaints.add(`${destination}: ${what}`, example, more);
      }
    },
  };
}

function emptyBook(isForPeople: boolean): Book {
  return {
    counts: { expected: 0, arrived: 0, repeats: 0, deadLetters: 0, torn: 0, gone: 0, held: 0 },
    states: growable(Uint8Array),
    alerts: new Alerts(),
    told: isForPeople ? new ToldAlerts() : undefined,
    next: new Map(),
    passed: new Map(),
    unexpected: [],
  };
}

function streamOf(blobs: Map<string, Stream[]>, { blob, generation = 0 }: LedgerRow): Stream {
  const streams = blobs.get(blob) ?? [];
  blobs.set(blob, streams);
  const known = streams.find((each) => each.generation === generation);
  if (known) return known;
  const stream = { generation, offsets: growable(Float64Array), numbers: growable(Uint32Array) };
  streams.push(stream);
  streams.sort((a, b) => a.generation - b.generation);
  return stream;
}

function append({ offsets, numbers }: Stream, { blob, offset }: LedgerRow, number: number): void {
  if (offsets.length > 0 && offset <= offsets.get(offsets.length - 1)) {
    throw new RangeError(`Rows of a blob are written in order: ${placeOf(blob, offset)} is not.`);
  }
  offsets.push(offset);
  numbers.push(number);
}

/** Checks that a row first arrives after all rows before it in its blob. Each row that is passed is reported once. */
function checkOrder(
  { states, next, passed }: Book,
  stream: Stream,
  index: number,
  { arrival, mayPass }: { readonly arrival: Arrival; readonly mayPass: (row: number) => boolean },
): void {
  const place = placeOf(arrival.blob, arrival.offset);
  let from = next.get(stream) ?? 0;
  for (; from < index; from++) {
    const row = stream.numbers.get(from);
    if (states.get(row) !== EXPECTED || mayPass(row)) continue;
    passed.set(row, `${place} before ${stream.offsets.get(from)}`);
  }
  next.set(stream, from);
}

function settle(book: Book, row: number, how: Settlement): void {
  if (book.states.get(row) !== EXPECTED) return;
  book.states.set(row, EXPECTED | ((SETTLEMENTS.indexOf(how) + 1) << SETTLED_SHIFT));
  book.counts[how]++;
}

/** Removes the settlement of a row that arrived after all. */
function unsettle(book: Book, row: number): void {
  const how = SETTLEMENTS[(book.states.get(row) >> SETTLED_SHIFT) - 1];
  if (how !== undefined) book.counts[how]--;
}

function accountOf(destination: string, { counts, alerts, told, passed, unexpected }: Book): Account {
  const people = told?.counts;
  const settled = SETTLEMENTS.reduce((sum, how) => sum + counts[how], 0);
  const missingRows = counts.expected - counts.arrived - settled;
  const { expected, arrived, repeats, deadLetters } = alerts.counts;
  return {
    destination,
    ...counts,
    expected: counts.expected + expected + (people?.expected ?? 0),
    arrived: counts.arrived + arrived + (people?.arrived ?? 0),
    repeats: counts.repeats + repeats + (people?.repeats ?? 0),
    deadLetters: counts.deadLetters + deadLetters + (people?.deadLetters ?? 0),
    missing: missingRows + expected - arrived - deadLetters + (people?.missing ?? 0),
    waiting: people?.waiting ?? 0,
    unexpected: unexpected.length + (people?.unexpected ?? 0),
    outOfOrder: passed.size,
  };
}

function* missingPlaces(blobs: ReadonlyMap<string, readonly Stream[]>, states: Growable): Generator<Place> {
  for (const [blob, streams] of blobs) {
    for (const { offsets, numbers } of streams) {
      for (let i = 0; i < offsets.length; i++) {
        if (states.get(numbers.get(i)) === EXPECTED) yield placeOf(blob, offsets.get(i));
      }
    }
  }
}

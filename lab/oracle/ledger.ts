/** Keeps what was written and what arrived, row by row. */
import { type Growable, growable } from './growable.ts';

/** One thing a destination has to get of a row: the row itself, or the alert of a rule. */
export interface Expected {
  readonly destination: string;
  /** The rule's title, for an alert. */
  readonly rule?: string;
}

/** A row as it was written. */
export interface LedgerRow {
  /** `container/name`. */
  readonly blob: string;
  /** Byte offset of its first byte. Ascending within a blob. */
  readonly offset: number;
  /** The event id. */
  readonly id: string;
  /** The filter that holds it back, where one does; then nothing is expected. */
  readonly filter?: string;
  readonly expected: readonly Expected[];
}

/** What a receiver says has come. */
export interface Arrival {
  readonly blob: string;
  readonly offset: number;
  readonly id: string;
  readonly rule?: string;
}

/** Where one destination stands. */
export interface Account {
  readonly destination: string;
  readonly expected: number;
  /** Distinct rows and alerts that came. */
  readonly arrived: number;
  /** Came again. */
  readonly repeats: number;
  readonly deadLetters: number;
  /** Expected, and neither here nor among the dead letters. */
  readonly missing: number;
  /** Came without being expected here, or was never written at all, or under another event id. */
  readonly unexpected: number;
  /** Came for the first time after a later row of its blob. */
  readonly outOfOrder: number;
}

/**
 * What was written, and what of it has come where.
 *
 * A row is known by its place, blob and offset, so that two copies of one row are two rows; its event id is checked too.
 * About 30 bytes a row: a run of millions of rows fits.
 */
export interface Ledger {
  readonly rows: number;
  readonly filtered: ReadonlyMap<string, number>;
  written(row: LedgerRow): void;
  /** A row, or an alert that says where its row lies. */
  arrived(destination: string, arrival: Arrival): void;
  /** A message to people, which names its row by the event id alone. */
  messageArrived(destination: string, id: string): void;
  deadLettered(destination: string, arrival: Arrival): void;
  account(destination: string): Account;
  /** Some of the missing: for a person to look at. */
  missing(destination: string, limit: number): readonly string[];
}

interface BlobRows {
  readonly offsets: Growable;
  /** The rows' numbers in the ledger. */
  readonly numbers: Growable;
}

interface Tally {
  expected: number;
  arrived: number;
  repeats: number;
  deadLetters: number;
  unexpected: number;
  outOfOrder: number;
}

interface Alert {
  /** For a person. */
  readonly what: string;
  /** Where the rows lie that raise it: one is expected for each. */
  readonly places: string[];
  arrived: number;
  dead: number;
}

interface Book {
  readonly tally: Tally;
  /** A byte a row: EXPECTED, SETTLED. */
  readonly states: Growable;
  /** By rule and place; by event id at destinations that say no more. */
  readonly alerts: Map<string, Alert>;
  /** By blob: the highest offset that came. */
  readonly reached: Map<string, number>;
}

const EXPECTED = 1;
/** Arrived, or dead-lettered. */
const SETTLED = 2;

/**
 * @param destinations All there are.
 * @param byId Those whose messages say the event id and neither place nor rule.
 */
export function createLedger(destinations: readonly string[], byId: readonly string[] = []): Ledger {
  const ids = growable(Float64Array);
  const blobs = new Map<string, BlobRows>();
  const filtered = new Map<string, number>();
  const books = new Map<string, Book>(destinations.map((name) => [name, emptyBook()]));

  const book = (destination: string): Book => {
    const found = books.get(destination);
    if (!found) throw new RangeError(`The ledger knows no destination "${destination}".`);
    return found;
  };
  const keyOf = (destination: string, row: Arrival, rule: string) =>
    byId.includes(destination) ? row.id : `${rule}\n${placeOf(row)}`;

  /** The row's number, or undefined when no such row was written. */
  function find(arrival: Arrival): number | undefined {
    const rows = blobs.get(arrival.blob);
    if (!rows) return undefined;
    const at = rows.offsets.indexOf(arrival.offset);
    if (at < 0) return undefined;
    const row = rows.numbers.get(at);
    return ids.get(row) === idNumber(arrival.id) ? row : undefined;
  }

  function settleAlert(target: Book, key: string, kind: 'arrived' | 'dead'): void {
    const alert = target.alerts.get(key);
    if (!alert) {
      target.tally.unexpected++;
      return;
    }
    if (alert.arrived + alert.dead >= alert.places.length) {
      if (kind === 'arrived') target.tally.repeats++;
    } else if (kind === 'dead') {
      alert.dead++;
      target.tally.deadLetters++;
    } else {
      alert.arrived++;
      target.tally.arrived++;
    }
  }

  return {
    get rows() {
      return ids.length;
    },
    filtered,
    written(row) {
      const number = ids.push(idNumber(row.id));
      let rows = blobs.get(row.blob);
      if (!rows) {
        rows = { offsets: growable(Float64Array), numbers: growable(Uint32Array) };
        blobs.set(row.blob, rows);
      }
      rows.offsets.push(row.offset);
      rows.numbers.push(number);
      if (row.filter !== undefined) filtered.set(row.filter, (filtered.get(row.filter) ?? 0) + 1);
      for (const { states } of books.values()) states.push(0);
      for (const { destination, rule } of row.expected) {
        const target = book(destination);
        if (rule === undefined && !byId.includes(destination)) {
          if ((target.states.get(number) & EXPECTED) !== 0) continue;
          target.states.set(number, EXPECTED);
        } else {
          const key = keyOf(destination, row, rule ?? '');
          const alert = target.alerts.get(key);
          if (alert) alert.places.push(placeOf(row));
          else {
            const what = rule === undefined ? 'the message' : `alert "${rule}"`;
            target.alerts.set(key, { what, places: [placeOf(row)], arrived: 0, dead: 0 });
          }
        }
        target.tally.expected++;
      }
    },
    arrived(destination, arrival) {
      const target = book(destination);
      const row = find(arrival);
      if (row === undefined) {
        target.tally.unexpected++;
        return;
      }
      if (arrival.rule !== undefined) {
        settleAlert(target, keyOf(destination, arrival, arrival.rule), 'arrived');
        return;
      }
      const state = target.states.get(row);
      if ((state & EXPECTED) === 0) target.tally.unexpected++;
      else if ((state & SETTLED) !== 0) target.tally.repeats++;
      else {
        target.tally.arrived++;
        target.states.set(row, state | SETTLED);
        const reached = target.reached.get(arrival.blob) ?? -1;
        if (arrival.offset < reached) target.tally.outOfOrder++;
        else target.reached.set(arrival.blob, arrival.offset);
      }
    },
    messageArrived(destination, id) {
      settleAlert(book(destination), id, 'arrived');
    },
    deadLettered(destination, arrival) {
      const target = book(destination);
      const row = find(arrival);
      if (row === undefined) {
        target.tally.unexpected++;
        return;
      }
      const state = target.states.get(row);
      if (arrival.rule === undefined && (state & EXPECTED) !== 0) {
        if ((state & SETTLED) !== 0) return;
        target.tally.deadLetters++;
        target.states.set(row, state | SETTLED);
        return;
      }
      const place = placeOf(arrival);
      for (const [key, alert] of target.alerts) {
        if (alert.places.includes(place)) settleAlert(target, key, 'dead');
      }
    },
    account(destination) {
      const { tally } = book(destination);
      return { destination, ...tally, missing: tally.expected - tally.arrived - tally.deadLetters };
    },
    missing(destination, limit) {
      const { states, alerts } = book(destination);
      const found: string[] = [];
      for (const [blob, rows] of blobs) {
        for (let i = 0; i < rows.offsets.length && found.length < limit; i++) {
          if (states.get(rows.numbers.get(i)) !== EXPECTED) continue;
          found.push(placeOf({ blob, offset: rows.offsets.get(i) }));
        }
      }
      for (const { what, places, arrived, dead } of alerts.values()) {
        if (arrived + dead < places.length && found.length < limit) found.push(`${what} of ${places.at(-1)}`);
      }
      return found;
    },
  };
}

function emptyBook(): Book {
  return {
    tally: { expected: 0, arrived: 0, repeats: 0, deadLetters: 0, unexpected: 0, outOfOrder: 0 },
    states: growable(Uint8Array),
    alerts: new Map(),
    reached: new Map(),
  };
}

function placeOf(row: { readonly blob: string; readonly offset: number }): string {
  return `${row.blob} at ${row.offset}`;
}

/** The first 52 bits of an event id: what a double holds, and enough to tell a wrong id at a known place. */
function idNumber(id: string): number {
  return Number.parseInt(id.slice(0, 13), 16);
}

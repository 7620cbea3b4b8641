/** Reconciles a run: compares the ledger with arrivals and dead letters, as at the end of the demo. */
import { Complaints } from './complaints.ts';
import type { Account, Ledger } from './ledger.ts';

export interface Reconciliation {
  readonly rows: number;
  readonly filtered: ReadonlyMap<string, number>;
  readonly accounts: readonly Account[];
  /** The complaints, as sentences; empty if every row is accounted for. */
  readonly complaints: readonly string[];
}

export function reconcile(ledger: Ledger, destinations: readonly string[]): Reconciliation {
  const complaints = new Complaints();
  for (const name of destinations) ledger.complain(name, complaints);
  return {
    rows: ledger.rows,
    filtered: ledger.filtered,
    accounts: destinations.map((name) => ledger.account(name)),
    complaints: complaints.sentences,
  };
}

/** The fields of a dead letter that the reconciliation uses. */
export interface DeadLetter {
  readonly name: string;
  /** Undefined if the row could not be read. */
  readonly destination?: string | undefined;
  readonly blob?: string | undefined;
  readonly offset: number;
  readonly id?: string | undefined;
  readonly rule?: string | undefined;
}

/** Makes a function that enters dead letters into the ledger, each only once. */
export function deadLetterReader(
  archive: { list(): AsyncIterable<DeadLetter> },
  ledger: Ledger,
  destinations: readonly string[],
): () => Promise<void> {
  const seen = new Set<string>();
  return async () => {
    for await (const letter of archive.list()) {
      if (seen.has(letter.name)) continue;
      seen.add(letter.name);
      const { blob = '', offset, id = '', rule } = letter;
      for (const destination of letter.destination === undefined ? destinations : [letter.destination]) {
        ledger.deadLettered(destination, { blob, offset, id, ...(rule === undefined ? {} : { rule }) });
      }
    }
  };
}

const COLUMNS = [
  ['expected', 'expected'],
  ['arrived', 'arrived'],
  ['repeats', 'repeats'],
  ['dead letters', 'deadLetters'],
  ['missing', 'missing'],
  ['unexpected', 'unexpected'],
  ['out of order', 'outOfOrder'],
] as const satisfies readonly (readonly [string, keyof Account])[];

/** Renders the reconciliation as a table and a verdict, without colours. */
export function reconciliationText(result: Reconciliation): string {
  const { rows, filtered, accounts, complaints } = result;
  const heldBack = [...filtered.values()].reduce((sum, number) => sum + number, 0);
  const lines = [
    `${grouped(rows)} rows written, ${grouped(heldBack)} of them held back by filters:`,
    ...[...filtered]
      .sort(([, a], [, b]) => b - a)
      .map(([title, number]) => `  ${grouped(number).padStart(9)}  ${title}`),
    '',
    ...table([
      ['destination', ...COLUMNS.map(([title]) => title)],
      ...accounts.map((account) => [account.destination, ...COLUMNS.map(([, key]) => grouped(account[key]))]),
    ]),
    '',
    ...(complaints.length === 0
      ? [`Every one of the ${grouped(rows)} rows is accounted for, at every destination.`]
      : ['NOT every row is accounted for:', ...complaints.map((complaint) => `  ${complaint}`)]),
  ];
  return lines.join('\n');
}

/** Aligns columns of text: the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** `12,345`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

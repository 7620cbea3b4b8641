/** Compares what was written with what arrived. */
import type { DeadLetterArchive } from '../../src/delivery/dead-letters.ts';
import type { Account, Ledger } from './ledger.ts';

/** How a run ended, put to the test. */
export interface Reconciliation {
  readonly rows: number;
  readonly filtered: ReadonlyMap<string, number>;
  readonly accounts: readonly Account[];
  /** What is wrong, in sentences; empty: every row is accounted for. */
  readonly complaints: readonly string[];
}

const EXAMPLES = 5;

/** @param extra Complaints that others found. */
export function reconcile(
  ledger: Ledger,
  destinations: readonly string[],
  extra: readonly string[] = [],
): Reconciliation {
  const accounts = destinations.map((name) => ledger.account(name));
  const complaints = [...extra, ...accounts.flatMap((account) => complaintsAbout(account, ledger))];
  return { rows: ledger.rows, filtered: ledger.filtered, accounts, complaints };
}

function complaintsAbout(account: Account, ledger: Ledger): string[] {
  const { destination, missing, unexpected, outOfOrder } = account;
  const found: string[] = [];
  if (missing > 0) {
    const examples = ledger.missing(destination, EXAMPLES).map((place) => `\n    ${place}`);
    const more = missing > examples.length ? `\n    and ${missing - examples.length} more` : '';
    found.push(`${destination}: ${count(missing, 'row')} missing:${examples.join('')}${more}`);
  }
  if (unexpected > 0) {
    found.push(`${destination}: ${count(unexpected, 'arrival')} that no row and no rule explains`);
  }
  if (outOfOrder > 0) found.push(`${destination}: ${count(outOfOrder, 'row')} out of their blob's order`);
  return found;
}

/** Writes the dead letters into the ledger; each only once. */
export function deadLetterReader(
  archive: Pick<DeadLetterArchive, 'list'>,
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

/** The reconciliation as a table and a verdict, without colours. */
export function reconciliationText(result: Reconciliation): string {
  const { rows, filtered, accounts, complaints } = result;
  const heldBack = [...filtered.values()].reduce((sum, number) => sum + number, 0);
  const lines = [
    `${grouped(rows)} rows written, ${grouped(heldBack)} of them held back by filters:`,
    ...[...filtered]
      .sort(([, a], [, b]) => b - a)
      .map(([title, number]) => `  ${grouped(number).padStart(9)}  ${title}`),
    '',
    ...table(accounts),
    '',
    ...(complaints.length === 0
      ? [`Every one of the ${grouped(rows)} rows is accounted for, at every destination.`]
      : ['NOT every row is accounted for:', ...complaints.map((complaint) => `  ${complaint}`)]),
  ];
  return lines.join('\n');
}

function table(accounts: readonly Account[]): string[] {
  const head = ['destination', ...COLUMNS.map(([title]) => title)];
  const body = accounts.map((account) => [
    account.destination,
    ...COLUMNS.map(([, key]) => grouped(account[key])),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...body.map((row) => row[i]?.length ?? 0)));
  return [head, ...body].map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
}

/** `12,345`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function count(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? '' : 's'}`;
}

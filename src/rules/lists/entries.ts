/** What the readers of list files return: keys, columns and places, without a copy of what the file's text holds. */
import type { Finding, Mistake, Span } from '../../diagnostics/diagnostic.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Declaration } from './declaration.ts';

/** The entries of a list file. */
export interface Entries {
  /** The name of the keys' column; undefined for a file that has only keys. */
  readonly key: string | undefined;
  /** The columns beside the key. */
  readonly columns: readonly string[];
  /** The keys in the order of the file, without white space around them. Not needed once the list is compiled. */
  readonly keys: readonly string[];
  readonly cells: Cells;
}

/** What stands beside the keys. Outlives the keys. */
export interface Cells {
  /** Where an entry's key is written. */
  span(entry: number): Span;
  valueAt(entry: number, column: string): JsonValue | undefined;
}

/** How readers report mistakes. */
export interface EntryReport {
  /** Reports a mistake at a place of the list's file, which is found only if the mistake is shown. */
  at(place: () => Span, mistake: Mistake): void;
  /** Reports a mistake in what is declared about the list, such as a key that the file does not have. */
  declared(finding: Finding): void;
}

/** A list's file with what is declared about it. */
export interface ListSource {
  readonly name: string;
  readonly text: string;
  readonly declaration: Declaration;
  readonly report: EntryReport;
}

/** How many entries one list may have. */
export const MAX_ENTRIES = 2_000_000;
/** How long a key may be, in UTF-16 units. */
export const MAX_KEY_LENGTH = 4_096;
/** How long a line, or an entry of several lines, may be, in UTF-16 units. */
export const MAX_LINE_LENGTH = 65_536;
export const MAX_COLUMNS = 64;

export function tooManyEntries(): Mistake {
  const message = `the list has more than ${MAX_ENTRIES.toLocaleString('en-US')} entries`;
  return { code: 'too-large', message, hint: 'split it into several lists' };
}

/** What is wrong with a key whatever the list's type; undefined if nothing is. */
export function keyMistake(key: string): Mistake | undefined {
  if (key === '') return { code: 'bad-entry', message: 'the entry has no key' };
  if (key.length <= MAX_KEY_LENGTH) return undefined;
  const message = `the key is longer than ${MAX_KEY_LENGTH.toLocaleString('en-US')} characters`;
  return { code: 'too-large', message };
}

/** What is wrong with the names of a list's columns; undefined if nothing is. */
export function columnsMistake(names: readonly string[]): Mistake | undefined {
  if (names.length > MAX_COLUMNS) {
    return { code: 'too-large', message: `the list has more than ${MAX_COLUMNS} columns` };
  }
  const seen = new Set<string>();
  for (const name of names) {
    if (name === '') return { code: 'bad-entry', message: 'a column has no name' };
    if (seen.has(name)) return { code: 'bad-entry', message: `two columns have the name "${name}"` };
    seen.add(name);
  }
  return undefined;
}

/** Which files are lists, and what they are called. */
import type { RuleFile } from '../rule-file.ts';

/** The folder of lists in the folder of rule files. */
export const LISTS_FOLDER = 'lists/';

/** The kinds of list files. */
export type ListFormat = 'csv' | 'text' | 'yaml' | 'json' | 'mmdb';

const FORMATS: Readonly<Record<string, ListFormat>> = {
  csv: 'csv',
  txt: 'text',
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  mmdb: 'mmdb',
};

/** The most characters that a list in each format may have, of a database bytes: those that are kept as parsed data may have fewer. */
export const LIST_LENGTHS: Readonly<Record<ListFormat, number>> = {
  csv: 64 * 1024 * 1024,
  text: 64 * 1024 * 1024,
  json: 16 * 1024 * 1024,
  yaml: 1024 * 1024,
  mmdb: 96 * 1024 * 1024,
};

/** The most bytes that all lists of a Worker may have together: an isolate has 128 MB for everything. */
export const MOST_WORKER_LIST_BYTES = 20_000_000;

/** Why lists are too large for where they are to be loaded. */
export function tooManyListBytes(bytes: number, most: number): string {
  const [found, allowed] = [bytes, most].map((count) => `${(count / 1e6).toFixed(1)} MB`);
  return `the lists have ${found} together, and a Worker holds at most ${allowed}: shorten them, or run the relay on Node`;
}

/** Whether the path is that of a file below `lists/` that is read as a list, or declares lists. Nothing that begins with a dot is. */
export function isListFile(path: string): boolean {
  return path.startsWith(LISTS_FOLDER) && !path.includes('/.') && formatOf(path) !== undefined;
}

/** The format of a list's file by its ending; undefined if nothing reads it. */
export function formatOf(path: string): ListFormat | undefined {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
}

/** Whether the file declares the lists beside it. */
export function isDeclarationFile(path: string): boolean {
  return /^lists\/lists\.ya?ml$/i.test(path);
}

/** Whether the file is a database of addresses, which is read as bytes. */
export function isDatabaseFile(path: string): boolean {
  return isListFile(path) && formatOf(path) === 'mmdb';
}

/** The length of a list's file: UTF-16 units, of a database bytes. */
export function lengthOf({ text, database }: Pick<RuleFile, 'text' | 'database'>): number {
  return database?.bytes.length ?? text.length;
}

/** The name of a list: that of its file without folders and ending. */
export function listNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[a-z]+$/i, '');
}

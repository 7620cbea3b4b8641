/** A list as it was compiled from a file. */
import type { Declaration } from './declaration.ts';
import type { List } from './list.ts';

/** A list of files, with what `lists list` and the warnings about age need. */
export interface CompiledList extends List {
  /** The path of its file; undefined for a list that is declared and has no file yet. */
  readonly file: string | undefined;
  readonly declaration: Declaration;
  /** The length of its file: UTF-16 units, of a database bytes. */
  readonly length: number;
}

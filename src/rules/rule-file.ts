/** A file of `transforms/`, as the host reads it. */
import type { DatabaseFile } from './lists/database.ts';

/** `path` is relative to `transforms/`, with forward slashes. */
export interface RuleFile {
  readonly path: string;
  /** Empty for a database. */
  readonly text: string;
  /** When the file was last written, ms since the epoch; absent where the host does not know. Only the age of lists depends on it. */
  readonly modified?: number;
  /** Of a file `lists/NAME.mmdb`; absent where the host does not read databases. */
  readonly database?: DatabaseFile;
}

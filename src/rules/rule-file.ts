/** A file of `transforms/`, as the host reads it. */

/** `path` is relative to `transforms/`, with forward slashes. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
  /** When the file was last written, ms since the epoch; absent where the host does not know. Only the age of lists depends on it. */
  readonly modified?: number;
}

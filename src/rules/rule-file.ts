/** A file of `transforms/`, as the host reads it. */

/** `path` is relative to `transforms/`, with forward slashes. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

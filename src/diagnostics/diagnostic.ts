/** A place in a file. Lines and columns count from 1; `length` is in UTF-16 units, 0 where there is no token to underline. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** One finding on a rule file or on relay.yaml. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Stable and machine-readable, kebab-case: `unknown-column`, `bad-regex`, `unsupported-modifier`, ... */
  readonly code: string;
  readonly file: string;
  readonly span: Span;
  /** What is wrong. */
  readonly message: string;
  /** What to do: "did you mean FileName?". */
  readonly hint?: string;
}

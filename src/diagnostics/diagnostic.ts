/** What a mistake in a file is, and where it stands. */
import type { DiagnosticCode } from './codes.ts';
import type { Path } from './path.ts';

/** A place in a file. Lines and columns count from 1; `length` is in UTF-16 units, 0 where there is no token to underline. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export type Severity = 'error' | 'warning';

/** What a Sigma rule that runs does otherwise than it says: an alternative never matches, or more rows match. */
export type Effect = 'lost-alternative' | 'wider';

/** One mistake in relay.yaml or in a rule file. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable and machine-readable; `codes.ts` lists them. */
  readonly code: DiagnosticCode;
  readonly file: string;
  readonly span: Span;
  /** What is wrong: begins in lower case, ends without a full stop. */
  readonly message: string;
  /** What to do, written like `message`: `did you mean "FileName"?`. */
  readonly hint?: string;
  /** On a warning about what a rule asks for in vain. */
  readonly effect?: Effect;
}

/** The message about a mistake, without its place. */
export interface Mistake {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly effect?: Effect | undefined;
}

/** A mistake with the way to its value, not yet with its place in the file's text. */
export interface Finding extends Mistake {
  /** Default: error. */
  readonly severity?: Severity;
  readonly path: Path;
  /** Underline the key instead of the value. */
  readonly atKey?: boolean;
}

/** Where a file begins: the place of what is wrong with all of it. */
export const START: Span = { line: 1, column: 1, length: 0 };

/** A mistake in its place. */
export function diagnostic(
  file: string,
  span: Span,
  { code, message, hint, effect }: Mistake,
  severity: Severity = 'error',
): Diagnostic {
  return {
    severity,
    code,
    file,
    span,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(effect === undefined ? {} : { effect }),
  };
}

/** The port to the log. */
import type { ErrorCode } from './error-codes.ts';
import type { ForeignCode } from './errors.ts';

/** The fields of a log line besides its message: blob, task, destination, figures. Never a secret, never a row. */
export interface LogFields {
  readonly [field: string]: unknown;
  /** The code of an error: one of `error-codes.ts`, or a code of another program. */
  readonly code?: ErrorCode | ForeignCode | undefined;
}

/** Writes one line of JSON per call. The hosts supply the adapter. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

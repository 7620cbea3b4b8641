/** The port to the log. */
import type { ErrorCode } from './error-codes.ts';
import type { ForeignCode } from './errors.ts';

/** The fields of a log line besides its message: blob, task, destination, figures. Never a secret, never a row. */
export interface LogFields {
  readonly [field: string]: unknown;
  /** The code of an error: one of `error-codes.ts`, or a code of another program. */
  readonly code?: ErrorCode | ForeignCode | undefined;
  /** The logger's own keys, which no field may take: a log would show it under another name. */
  readonly level?: never;
  readonly time?: never;
  readonly message?: never;
}

/** Writes one line of JSON per call. The hosts supply the adapter. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

/** Where log lines go. */
import type { ErrorCode } from './error-codes.ts';
import type { ForeignCode } from './errors.ts';

/** What a log line may carry beside its message: blob, task, destination, figures. Never a secret, never a row. */
export interface LogFields {
  readonly [field: string]: unknown;
  /** An error's code: one of `error-codes.ts`, or another program's. */
  readonly code?: ErrorCode | ForeignCode | undefined;
}

/** One line of JSON a call. The hosts supply the adapter. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

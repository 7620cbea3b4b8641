/** What a log line may carry beside its message: blob, task, destination, figures. Never a secret, never a row. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One line of JSON a call. The hosts supply the adapter. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

/** Says nothing: for tests and for commands that print their own report. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

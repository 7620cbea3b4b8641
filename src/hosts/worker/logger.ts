/** Logs through `console`, for Workers Logs. */
import { type LoggableOptions, loggableFields } from '../../config/loggable.ts';
import { redact } from '../../config/redact.ts';
import { systemClock } from '../../shared/clock.ts';
import type { LogFields, Logger } from '../../shared/logger.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

export interface ConsoleLoggerOptions {
  readonly level: LogLevel;
  /** Secret values: taken out wherever they appear. */
  readonly secrets: readonly string[];
}

/** Logs through `console`, one JSON line a call: what Workers Logs indexes by its fields. Stacks at level `debug` only. */
export function consoleLogger({ level, secrets }: ConsoleLoggerOptions): Logger {
  return adapt(LEVELS.indexOf(level), { secrets, stacks: level === 'debug' }, {});
}

function adapt(from: number, options: LoggableOptions, bound: LogFields): Logger {
  const fieldsOf = (fields: LogFields): LogFields => ({
    ...bound,
    ...loggableFields(fields, options),
  });
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(level) < from) return;
      const text = redact(message, options.secrets).replace(/\p{Cc}+/gu, ' ');
      const time = new Date(systemClock.now()).toISOString();
      console[level](JSON.stringify({ ...fieldsOf(fields), level, time, message: text }));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => adapt(from, options, fieldsOf(fields)),
  };
}

/** Logs through pino. */
import { destination as fileDescriptor, type Logger as Pino, pino, stdTimeFunctions } from 'pino';
import { type LoggableOptions, loggableFields } from '../../config/loggable.ts';
import { redact } from '../../config/redact.ts';
import type { LogFields, Logger } from '../../shared/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Secret values of the config: taken out wherever they appear. */
  readonly secrets?: readonly string[];
  /** Where lines go. Default: `descriptor`. */
  readonly stream?: LogStream | undefined;
  /** 1 for standard output, the default; 2 for standard error, where a destination has standard output for itself. */
  readonly descriptor?: 1 | 2;
}

/** Takes lines of JSON. */
export interface LogStream {
  write(line: string): void;
}

/** A log whose level and secrets can change while it is in use. */
export interface NodeLogger extends Logger {
  /** Applies to the loggers that were made of this one, too. The secrets from before stay hidden: a late answer may still repeat them. */
  change(options: Pick<Required<LoggerOptions>, 'level' | 'secrets'>): void;
}

/** How many secrets are hidden at most, those from before included: each is looked for in each line. */
const MOST_SECRETS = 500;

/** Keys that pino writes itself: a field of that name would be there twice. */
const OWN_KEYS = new Set(['level', 'time', 'message']);

/** Logs through pino: one JSON line a call, `{"level","time","message",...fields}`; stacks at level `debug` only. */
export function createLogger(options: LoggerOptions): NodeLogger {
  const { level, secrets = [], descriptor = 1 } = options;
  const { stream = fileDescriptor({ fd: descriptor, sync: true }) } = options;
  const base = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const loggable = { secrets, stacks: level === 'debug' };
  return {
    ...adapt(base, loggable),
    change(next) {
      const all = [...new Set([...next.secrets, ...loggable.secrets])].slice(0, MOST_SECRETS);
      loggable.secrets = all.sort((a, b) => b.length - a.length);
      loggable.stacks = next.level === 'debug';
      base.level = next.level;
    },
  };
}

function adapt(base: Pino, options: LoggableOptions, bound: LogFields = {}): Logger {
  const fieldsOf = (fields: LogFields): LogFields => {
    const shown = Object.entries(loggableFields(fields, options));
    return {
      ...bound,
      ...Object.fromEntries(shown.map(([key, value]) => [OWN_KEYS.has(key) ? `${key}_` : key, value])),
    };
  };
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (base.isLevelEnabled(level)) base[level](fieldsOf(fields), '%s', lineOf(message, options));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => adapt(base, options, fieldsOf(fields)),
  };
}

/** Messages reach terminals as they are: no line breaks, no escape sequences. */
function lineOf(message: string, { secrets }: LoggableOptions): string {
  return redact(message, secrets).replace(/\p{Cc}+/gu, ' ');
}

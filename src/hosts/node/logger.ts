/** Logs through pino. */
import { Writable } from 'node:stream';
import { destination as fileDescriptor, type Logger as Pino, pino, stdTimeFunctions } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { type LoggableOptions, loggableFields } from '../../config/loggable.ts';
import { redact } from '../../config/redact.ts';
import type { LogFields, Logger } from '../../shared/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Secret values of the config: taken out wherever they appear. */
  readonly secrets?: readonly string[];
  /** Lines for people instead of JSON. Default: when standard output is a terminal. */
  readonly pretty?: boolean;
  /** Where lines go. Default: standard output. */
  readonly stream?: { write(line: string): void };
}

/** Keys that pino writes itself: a field of that name would be there twice. */
const OWN_KEYS = new Set(['level', 'time', 'message']);

/** Logs through pino: one JSON line a call, `{"level","time","message",...fields}`; stacks at level `debug` only. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, secrets = [], pretty = process.stdout.isTTY === true } = options;
  const base = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pretty ? prettyStream(options.stream) : (options.stream ?? fileDescriptor({ fd: 1, sync: true })),
  );
  return adapt(base, { secrets, stacks: level === 'debug' });
}

function prettyStream(stream: LoggerOptions['stream']) {
  return PinoPretty({
    colorize: !process.env.NO_COLOR && stream === undefined,
    messageKey: 'message',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    sync: true,
    ...(stream ? { destination: writable(stream) } : {}),
  });
}

function writable(stream: { write(line: string): void }): NodeJS.WritableStream {
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      stream.write(String(chunk));
      done();
    },
  });
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

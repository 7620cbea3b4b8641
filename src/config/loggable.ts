/** Prepares fields for the log: limits their size, and removes secrets. */
import type { LogFields } from '../shared/logger.ts';
import { redact } from './redact.ts';

/** The limits of one log line. */
const MAX_TEXT = 2048;
const MAX_ENTRIES = 40;
const MAX_DEPTH = 5;
const MAX_CAUSES = 5;

const SECRET_KEY =
  /token|secret|password|authorization|cookie|credential|connection_?string|webhook_?url|(?:api|routing|integration)_?key|account_?key|^keys?$|^sas$|^sig$/i;

export interface LoggableOptions {
  /** Values that must not appear, longest first. */
  readonly secrets: readonly string[];
  /** Whether to add the stacks of errors. */
  readonly stacks: boolean;
}

/**
 * Converts a value into plain JSON of limited size. Secrets are removed by key, by value, and by patterns.
 *
 * Errors become `{code?, name?, message, cause?}`.
 */
export function loggable(value: unknown, options: LoggableOptions, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return text(value, options);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      break;
    default:
      return `[${typeof value}]`;
  }
  if (value === null) return null;
  if (value instanceof Error) return errorFields(value, options, 0);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return text(value.href, options);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[list]' : '[object]';
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_ENTRIES).map((item) => loggable(item, options, depth + 1));
    return value.length > MAX_ENTRIES ? [...shown, `… ${value.length - MAX_ENTRIES} more`] : shown;
  }
  return objectFields(value, options, depth);
}

/** Applies {@link loggable} to all fields of a line. */
export function loggableFields(fields: LogFields, options: LoggableOptions): LogFields {
  return objectFields(fields, options, 0);
}

function objectFields(value: object, options: LoggableOptions, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = Object.create(null);
  const entries = Object.entries(value);
  for (const [key, inner] of entries.slice(0, MAX_ENTRIES)) {
    const isSecret =
      SECRET_KEY.test(key) && (typeof inner === 'string' || (typeof inner === 'object' && inner !== null));
    shown[key] = isSecret ? '[redacted]' : loggable(inner, options, depth + 1);
  }
  if (entries.length > MAX_ENTRIES) shown['…'] = `${entries.length - MAX_ENTRIES} more`;
  return shown;
}

function errorFields(error: Error, options: LoggableOptions, causes: number): Record<string, unknown> {
  const { code, cause } = error as Error & { readonly code?: unknown };
  const status: unknown = Reflect.get(error, 'statusCode') ?? Reflect.get(error, 'status');
  const generic = error.name === 'Error' || (typeof code === 'string' && /^[a-z0-9_]+$/.test(code));
  return {
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(generic ? {} : { name: text(error.name, options) }),
    message: text(error.message, options),
    ...(typeof status === 'number' ? { status } : {}),
    ...(options.stacks && error.stack ? { stack: text(error.stack, options) } : {}),
    ...causeField(cause, options, causes),
  };
}

function causeField(cause: unknown, options: LoggableOptions, causes: number): { readonly cause?: unknown } {
  if (cause === undefined || cause === null || causes >= MAX_CAUSES) return {};
  if (cause instanceof Error) return { cause: errorFields(cause, options, causes + 1) };
  return { cause: loggable(cause, options, MAX_DEPTH - 1) };
}

function text(value: string, { secrets }: LoggableOptions): string {
  // Very long strings are cut before the search for secrets, but far behind the part that is shown, so that part is searched completely.
  const clean = redact(value.slice(0, MAX_TEXT * 8), secrets);
  const dropped = value.length - Math.min(clean.length, MAX_TEXT);
  return clean.length <= MAX_TEXT && value.length <= MAX_TEXT * 8
    ? clean
    : `${clean.slice(0, MAX_TEXT)}… ${dropped} more characters`;
}

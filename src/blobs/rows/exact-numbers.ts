import type { JsonValue } from '../../shared/json.ts';

/** A value of sixteen digits or more: only then can an integer be beyond 2^53. Within a string this costs time, no more. */
const LONG_NUMBER = /[:,[]\s*-?\d{16}/;
const INTEGER = /^-?\d+$/;

/**
 * JSON.parse, but an integer that a double cannot hold comes as a string with its digits: an id must not change.
 *
 * Throws SyntaxError as JSON.parse does.
 */
export function parseExact(text: string): JsonValue {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && INTEGER.test(source) ? source : value;
}

/** Parses JSON without changing numbers that a double cannot hold. */
import { ExactNumber } from './exact-number.ts';
import type { JsonValue } from './json.ts';

/**
 * Where a number may be one that a double cannot hold: sixteen digits or more, so that an integer can be beyond 2^53; an
 * exponent of three digits, or sixteen zeros behind the point, so that it can be beyond 1e308 or too near to 0; a zero behind
 * a minus. Within a string this costs time, no more.
 */
const MAY_BE_INEXACT = /[:,[]\s*(?:-?(?:\d{16}|\d[\d.]*[eE][+-]?\d{3}|0\.0{16})|-0(?!\.\d*[1-9]))/;
const INTEGER = /^-?\d+$/;
const NOT_ZERO = /^[^eE]*[1-9]/;

/**
 * JSON.parse of an object or an array, but a number that a double cannot hold comes as an ExactNumber, at every depth: an integer
 * beyond 2^53, as an id must not change; what would become infinite (`1e400`), which JSON.stringify writes as null, or 0
 * (`1e-400`); and `-0`, which it writes as 0. Decimals are rounded as everywhere.
 *
 * Throws SyntaxError as JSON.parse does.
 */
export function parseExact(text: string): JsonValue {
  return MAY_BE_INEXACT.test(text) ? JSON.parse(text, keepWritten) : JSON.parse(text);
}

function keepWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || (Number.isSafeInteger(value) && value !== 0)) return value;
  const source = context?.source;
  if (source === undefined) return value;
  const lost =
    value === 0
      ? source.startsWith('-') || NOT_ZERO.test(source)
      : !Number.isFinite(value) || INTEGER.test(source);
  return lost ? new ExactNumber(source) : value;
}

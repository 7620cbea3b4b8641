/** Parses JSON without changing numbers that a double cannot hold. */
import { ExactNumber } from './exact-number.ts';
import type { JsonValue } from './json.ts';

/**
 * Matches JSON that may contain a number that a double cannot hold: sixteen digits or more, because an integer may be beyond 2^53; an
 * exponent of three digits, or sixteen zeros after the point, because the number may be beyond 1e308 or too close to 0; a zero after
 * a minus. A match within a string only costs time.
 */
const MAY_BE_INEXACT = /[:,[]\s*(?:-?(?:\d{16}|\d[\d.]*[eE][+-]?\d{3}|0\.0{16})|-0(?!\.\d*[1-9]))/;
const INTEGER = /^-?\d+$/;
const NOT_ZERO = /^[^eE]*[1-9]/;

/**
 * Parses an object or an array like JSON.parse, but turns each number that a double cannot hold into an ExactNumber, at every depth:
 * an integer beyond 2^53, because ids must not change; numbers that would become infinite (`1e400`), which JSON.stringify writes as
 * null, or 0 (`1e-400`); and `-0`, which it writes as 0. Decimals are rounded as by JSON.parse.
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

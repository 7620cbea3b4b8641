/** Makes values fit the type that a stream declares: one that does not fit is dropped by the service. */
import { ExactNumber } from '../../shared/exact-number.ts';
import { parseInstant } from '../../shared/instant.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { StreamType } from './stream-type.ts';

const MOST_INT = 2 ** 31 - 1;
const MOST_LONG = 2n ** 63n - 1n;

/**
 * The value as the type has it; undefined where it has no such value, so that it has to stand elsewhere. Only the form changes: a number in
 * a string becomes a number, an object in a column of strings its JSON text.
 */
export function fitted(value: JsonValue, type: StreamType): JsonValue | undefined {
  switch (type) {
    case 'dynamic':
      return value;
    case 'string':
      return textOf(value);
    case 'boolean':
      return booleanOf(value);
    case 'int':
    case 'long':
      return wholeOf(value, type);
    case 'real':
      return typeof value === 'number' ? value : undefined;
    case 'datetime':
      return typeof value === 'string' && parseInstant(value) !== undefined ? value : undefined;
  }
}

function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value;
  return value instanceof ExactNumber ? value.text : JSON.stringify(value);
}

function booleanOf(value: JsonValue): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  return text === 'true' || text === 'false' ? text === 'true' : undefined;
}

function wholeOf(value: JsonValue, type: 'int' | 'long'): number | ExactNumber | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value))
    return inRange(value, type) ? value : undefined;
  const text = value instanceof ExactNumber ? value.text : value;
  if (typeof text !== 'string' || !/^-?(?:0|[1-9]\d{0,18})$/.test(text) || text === '-0') return undefined;
  const number = Number(text);
  if (Number.isSafeInteger(number)) return inRange(number, type) ? number : undefined;
  const exact = BigInt(text);
  return type === 'long' && exact <= MOST_LONG && exact >= -MOST_LONG - 1n
    ? new ExactNumber(text)
    : undefined;
}

function inRange(value: number, type: 'int' | 'long'): boolean {
  return type === 'long' || (value <= MOST_INT && value >= -MOST_INT - 1);
}

/** Values of OTLP in its JSON encoding (opentelemetry-proto, common/v1/common.proto; OTLP, "JSON Protobuf Encoding"). */
import { ExactNumber } from './exact-number.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** An AnyValue. Without a member it is empty, which stands for null. */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  /** 64-bit integers are strings in this encoding. */
  | { readonly intValue: string }
  | { readonly doubleValue: number | ExactNumber }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  | { readonly [key: string]: never };

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/**
 * Values deeper than this are the text of their JSON. A level of an object takes three messages, and decoders of protobuf in C++ and Java
 * refuse a request with more than 100 within one another.
 */
const DEEPEST = 24;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const INTEGER = /^-?\d{1,20}$/;

/** The members of an object as a list, in their order. */
export function keyValues(members: JsonObject, depth = 0): readonly KeyValue[] {
  return Object.entries(members).map(([key, value]) => ({ key: keyOf(key), value: anyValue(value, depth) }));
}

/**
 * Any value of JSON. A number that neither a 64-bit integer nor a double holds is its digits as a string, because a decoder would refuse
 * the whole request for it.
 */
export function anyValue(value: JsonValue, depth = 0): AnyValue {
  if (typeof value === 'string') return { stringValue: value.toWellFormed() };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (typeof value === 'boolean') return { boolValue: value };
  if (value === null) return {};
  if (value instanceof ExactNumber) return exactValue(value);
  if (depth >= DEEPEST) return { stringValue: JSON.stringify(value).toWellFormed() };
  if (isArray(value)) return { arrayValue: { values: value.map((each) => anyValue(each, depth + 1)) } };
  return { kvlistValue: { values: keyValues(value, depth + 1) } };
}

function exactValue(value: ExactNumber): AnyValue {
  const { text } = value;
  // Minus zero, in any spelling.
  if (Number(text) === 0 && !/[1-9]/.test(text.split(/e/i, 1)[0] ?? '')) return { doubleValue: value };
  if (INTEGER.test(text)) {
    const integer = BigInt(text);
    if (integer >= INT64_MIN && integer <= INT64_MAX) return { intValue: text };
  }
  return { stringValue: text };
}

/** A key with half a character in it is written as JSON escapes it: as U+FFFD, two keys could become one. */
function keyOf(key: string): string {
  return key.isWellFormed() ? key : JSON.stringify(key).slice(1, -1);
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

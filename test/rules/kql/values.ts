/** The values of Kusto that the evaluator computes with, and how a row of the stream becomes them. */
import type { KustoType } from '../../../src/rules/schema/index.ts';
import { ExactNumber } from '../../../src/shared/exact-number.ts';
import { isJsonObject, type JsonValue } from '../../../src/shared/json.ts';

/** A value of Kusto's type dynamic, which may be JSON's null. */
export class Dynamic {
  readonly json: JsonValue;

  constructor(json: JsonValue) {
    this.json = json;
  }
}

/** A string, a long or int, a real, a bool, a datetime, a dynamic value, or the null of any type but string. */
export type KustoValue = string | bigint | number | boolean | Date | Dynamic | null;

/** What a table holds where a row of the stream has this value. Strings are never null. */
export function stored(value: JsonValue | undefined, type: KustoType): KustoValue {
  switch (type) {
    case 'string':
      return value === undefined || value === null ? '' : textOf(value);
    case 'int':
    case 'long':
      return value === undefined || value === null || !/^-?\d+$/.test(textOf(value))
        ? null
        : BigInt(textOf(value));
    case 'real':
      return typeof value === 'number' ? value : null;
    case 'bool':
      return typeof value === 'boolean' ? value : null;
    case 'datetime':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value) : null;
    case 'guid':
      return typeof value === 'string' && value !== '' ? value.toLowerCase() : null;
    case 'dynamic':
      return value === undefined || value === null ? null : new Dynamic(value);
  }
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Kusto's `tostring`. */
export function toText(value: KustoValue): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (!(value instanceof Dynamic)) return String(value);
  const { json } = value;
  if (json === null) return '';
  if (typeof json === 'string') return json;
  if (json instanceof ExactNumber) return String(json);
  return typeof json === 'object' ? JSON.stringify(json) : String(json);
}

/** A member of a dynamic value; null where there is none. */
export function memberOf(value: KustoValue, name: string): KustoValue {
  if (!(value instanceof Dynamic) || !isJsonObject(value.json) || !Object.hasOwn(value.json, name))
    return null;
  const member = value.json[name];
  return member === undefined || member === null ? null : new Dynamic(member);
}

/** Kusto's `parse_json`: what is no JSON stays a string. */
export function parseJson(value: KustoValue): KustoValue {
  if (value instanceof Dynamic || value === null) return value;
  try {
    const json: JsonValue = JSON.parse(toText(value));
    return json === null ? null : new Dynamic(json);
  } catch {
    return new Dynamic(toText(value));
  }
}

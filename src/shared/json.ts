/** The types of JSON values. */
import { ExactNumber } from './exact-number.ts';

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | ExactNumber | readonly JsonValue[] | JsonObject;

/** A JSON object. Rows may contain any key, `__proto__` included, so check keys with `Object.hasOwn` and never read inherited properties. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/** The text of a JSON file: indented by two spaces, with a line end. */
export function jsonFile(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

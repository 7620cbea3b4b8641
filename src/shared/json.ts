/** The types of JSON values. */
import { ExactNumber } from './exact-number.ts';

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | ExactNumber | readonly JsonValue[] | JsonObject;

/** A JSON object. Rows may carry any key, `__proto__` included: read with `Object.hasOwn`, never through the chain. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/** A value as the text of a JSON file: indented by two spaces, with a line end. */
export function jsonFile(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

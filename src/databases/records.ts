/** Makes JSON of the records of a database, and collects the paths of their values. */
import { isJsonObject, type JsonObject, type JsonValue } from '../shared/json.ts';

const DEEPEST = 16;
const MOST_PATHS = 256;

/** A record as JSON; undefined for what is no mapping. Bytes are left out; large whole numbers become text where a number would be another one. */
export function recordOf(decoded: unknown): JsonObject | undefined {
  const value = jsonOf(decoded, 0);
  return value !== undefined && isJsonObject(value) ? value : undefined;
}

function jsonOf(value: unknown, depth: number): JsonValue | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
  if (depth >= DEEPEST) throw new Error(`it has more than ${DEEPEST} levels`);
  if (Array.isArray(value)) return value.map((one) => jsonOf(one, depth + 1) ?? null);
  const entries = Object.entries(value).flatMap(([key, inner]): [string, JsonValue][] => {
    const json = jsonOf(inner, depth + 1);
    return json === undefined ? [] : [[key, json]];
  });
  return Object.fromEntries(entries);
}

/** Adds the paths of a record's values, of lists those of the first element. */
export function pathsIn(record: JsonObject, paths: Set<string>, before = ''): void {
  for (const [key, value] of Object.entries(record)) add(value, `${before}${key}`, paths);
}

function add(value: JsonValue, path: string, paths: Set<string>): void {
  if (paths.size >= MOST_PATHS) return;
  if (Array.isArray(value)) {
    const [first] = value as readonly JsonValue[];
    if (first !== undefined) add(first, `${path}[0]`, paths);
  } else if (isJsonObject(value)) pathsIn(value, paths, `${path}.`);
  else paths.add(path);
}

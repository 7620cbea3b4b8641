/** Databases of addresses, as rules and steps see them, and the paths of the values in their records. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';

/** The file of a database, as the host that read it hands it over. */
export interface DatabaseFile {
  readonly bytes: Uint8Array;
  /** The SHA-256 of the bytes, in lower-case hexadecimal. */
  readonly sha256: string;
  /** The database; the same one at each call. Throws an Error whose message says what is wrong with the file. */
  open(): AddressDatabase;
}

/** A database that says something of IP addresses, such as the country. Immutable. */
export interface AddressDatabase {
  /** What its maker calls it: `GeoLite2-Country`. */
  readonly type: string;
  /** When it was made, ms since the epoch. */
  readonly built: number;
  /** How many networks it has, those with equal records included. */
  readonly networks: number;
  /** Paths of values that some of its records have: `country.iso_code`, `subdivisions[0].iso_code`. Not necessarily all of them. */
  readonly paths: readonly string[];
  /** The record of the most specific network that holds an address. Undefined if none does, and for strings that are no address. Never throws. */
  find(address: string): JsonObject | undefined;
}

/** The path of a value in a record: keys, and positions in lists. */
export type RecordPath = readonly (string | number)[];

const MOST_STEPS = 16;

/** Reads `subdivisions[0].names.en`. Undefined for what is no path. */
export function recordPathOf(text: string): RecordPath | undefined {
  const steps: (string | number)[] = [];
  for (const part of text.split('.')) {
    const [, key, positions = ''] = /^([^[\]]+)((?:\[\d{1,4}\])*)$/.exec(part) ?? [];
    if (key === undefined) return undefined;
    steps.push(key, ...[...positions.matchAll(/\d+/g)].map(([digits]) => Number(digits)));
  }
  return steps.length > MOST_STEPS ? undefined : steps;
}

/** The value at a path of a record; undefined if there is none. */
export function valueIn(record: JsonObject, path: RecordPath): JsonValue | undefined {
  let value: JsonValue | undefined = record;
  for (const step of path) {
    if (typeof step === 'number')
      value = Array.isArray(value) ? (value as readonly JsonValue[])[step] : undefined;
    else
      value =
        isJsonObject(value ?? null) && Object.hasOwn(value as JsonObject, step)
          ? (value as JsonObject)[step]
          : undefined;
    if (value === undefined || value === null) return undefined;
  }
  return value;
}

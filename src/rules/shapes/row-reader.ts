/** Reads a row's columns under the names that Defender gave them, whatever the steps of the table file renamed. */
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { type CompiledDetection, type KnownSources, type RecordView, viewRecord } from '../sigma/index.ts';
import { isObject, parsedJson } from './forms.ts';

/**
 * Where the columns are now, by the name that Defender gave them. A column that is not listed has its own name; undefined: another
 * column took the name.
 */
export type CurrentNames = ReadonlyMap<string, string | undefined>;

const SAME_NAMES: CurrentNames = new Map();

/** The current names behind the steps of a table file, given in their order. */
export function currentNames(steps: readonly Readonly<Record<string, unknown>>[]): CurrentNames {
  let current: CurrentNames = SAME_NAMES;
  for (const { rename } of steps) {
    if (typeof rename !== 'object' || rename === null) continue;
    const names = new Map(
      Object.entries(rename).flatMap(([from, to]) => (typeof to === 'string' ? [[from, to]] : [])) as [
        string,
        string,
      ][],
    );
    current = afterRename(current, names);
  }
  return current;
}

function afterRename(before: CurrentNames, names: ReadonlyMap<string, string>): CurrentNames {
  const taken = new Set(names.values());
  const origins = new Map<string, string | undefined>();
  // Columns that kept their name until now: they move, or another one takes their name.
  for (const [from, to] of names)
    if (!before.has(from) && !isCurrentName(before, from)) origins.set(from, to);
  for (const to of taken) if (!before.has(to) && !names.has(to)) origins.set(to, undefined);
  for (const [origin, name] of before) {
    if (name === undefined) origins.set(origin, undefined);
    else origins.set(origin, names.get(name) ?? (taken.has(name) ? undefined : name));
  }
  return origins;
}

function isCurrentName(names: CurrentNames, name: string): boolean {
  for (const current of names.values()) if (current === name) return true;
  return false;
}

/** The columns of one row, transformed, for one mapping. */
export class RowReader {
  readonly event: JsonObject;
  readonly #names: CurrentNames;
  readonly #sources: KnownSources;
  #record: RecordView | undefined;
  #parsed: Map<string, JsonValue> | undefined;

  constructor(event: JsonObject, names: CurrentNames, sources: KnownSources) {
    this.event = event;
    this.#names = names;
    this.#sources = sources;
  }

  /** A column's value; undefined where the row does not have it, or nothing in it. */
  column(origin: string): JsonValue | undefined {
    const name = this.#names.size === 0 ? origin : this.#current(origin);
    if (name === undefined || (name in Object.prototype && !Object.hasOwn(this.event, name)))
      return undefined;
    const value = this.event[name];
    return value === null || value === '' ? undefined : value;
  }

  /** The value inside a column, along the names of members. A column that holds JSON as text is parsed once. */
  inside(origin: string, members: readonly string[]): JsonValue | undefined {
    const whole = this.#json(origin);
    let value = whole;
    for (const name of members) value = memberOf(value, name);
    // Defender has members such as "TO.GROUP".
    if (value === undefined && members.length > 1) value = memberOf(whole, members.join('.'));
    return value === null || value === '' ? undefined : value;
  }

  matches(condition: CompiledDetection): boolean {
    this.#record ??= viewRecord(this.#asDefenderNamed(), this.#sources);
    return condition.matches(this.#record);
  }

  #json(origin: string): JsonValue | undefined {
    const known = this.#parsed?.get(origin);
    if (known !== undefined) return known;
    const value = this.column(origin);
    if (value === undefined) return undefined;
    const parsed = parsedJson(value);
    this.#parsed ??= new Map();
    this.#parsed.set(origin, parsed);
    return parsed;
  }

  #current(origin: string): string | undefined {
    return this.#names.has(origin) ? this.#names.get(origin) : origin;
  }

  #asDefenderNamed(): JsonObject {
    if (this.#names.size === 0) return this.event;
    const renamed = new Map<string, JsonValue>(Object.entries(this.event));
    for (const name of this.#names.values()) if (name !== undefined) renamed.delete(name);
    for (const [origin, name] of this.#names) {
      const value = name !== undefined && Object.hasOwn(this.event, name) ? this.event[name] : undefined;
      if (value === undefined) renamed.delete(origin);
      else renamed.set(origin, value);
    }
    return Object.fromEntries(renamed);
  }
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

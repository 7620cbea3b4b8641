/** Reads a row's columns under the names that Defender gave them, whatever the steps of the table file renamed. */
import type { EditedColumns } from '../../shared/edited-columns.ts';
import type { SplicedColumns } from '../../shared/event.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import type { RowBytes } from '../../shared/row-bytes.ts';
import {
  type CompiledDetection,
  type KnownSources,
  type RecordView,
  viewRecord,
  viewRow,
} from '../sigma/index.ts';
import { type CurrentNames, currentName } from './current-names.ts';
import { isObject, parsedJson } from './forms.ts';
import type { FormWay, Reach, Ways } from './way.ts';

/** The columns of one row, transformed, for one mapping. */
export abstract class RowReader {
  readonly #sources: KnownSources;
  #record: RecordView | undefined;
  #parsed: Map<string, JsonValue> | undefined;

  constructor(sources: KnownSources) {
    this.#sources = sources;
  }

  /** A column's value; undefined where the row does not have it, or nothing in it. @param origin the name that Defender gave it. */
  abstract column(origin: string): JsonValue | undefined;

  /** Begins to read for a form. Returns the ways on which the row may have something, in their order. */
  abstract begin(ways: Ways): readonly FormWay[];

  /** The value of the column of the nth of those ways, as {@link column} gives it. */
  abstract valueOf(nth: number): JsonValue | undefined;

  /** How many bytes of JSON that value has in the row's bytes, without its quotes, where it is text. -1 says nothing. */
  abstract textLength(nth: number): number;

  /** The place of such a text in the row's bytes. */
  abstract placeOf(nth: number): number;

  /** What conditions read. */
  protected abstract view(sources: KnownSources): RecordView;

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
    this.#record ??= this.view(this.#sources);
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
}

/** Reads columns that were parsed. This is what a mapping means; {@link SplicedRow} only has to come to the same. */
export class ParsedRow extends RowReader {
  readonly event: JsonObject;
  readonly #names: CurrentNames;
  #ways: readonly FormWay[] = [];

  constructor(event: JsonObject, names: CurrentNames, sources: KnownSources) {
    super(sources);
    this.event = event;
    this.#names = names;
  }

  column(origin: string): JsonValue | undefined {
    return this.#value(currentName(this.#names, origin));
  }

  begin({ all }: Ways): readonly FormWay[] {
    this.#ways = all;
    return all;
  }

  valueOf(nth: number): JsonValue | undefined {
    return this.#value(this.#ways[nth]?.name);
  }

  textLength(): number {
    return -1;
  }

  placeOf(): number {
    return -1;
  }

  /** The current names of the columns of the first so many of these ways. */
  namesOf(ways: Int32Array, count: number): ReadonlySet<string> {
    const names = new Set<string>();
    for (let at = 0; at < count; at++) {
      const name = this.#ways[ways[at] ?? 0]?.name;
      if (name !== undefined) names.add(name);
    }
    return names;
  }

  protected view(sources: KnownSources): RecordView {
    return viewRecord(asDefenderNamed(this.event, this.#names), sources);
  }

  #value(name: string | undefined): JsonValue | undefined {
    if (name === undefined || (name in Object.prototype && !Object.hasOwn(this.event, name)))
      return undefined;
    const value = this.event[name];
    return value === null || value === '' ? undefined : value;
  }
}

/** Where {@link SplicedRow.taken} marks columns: no two rows are read at once. */
let marks = new Uint8Array(256);

/** Reads columns that are changes to a row's bytes, and decodes only those that are asked for. */
export class SplicedRow extends RowReader {
  readonly #row: SplicedColumns;
  readonly #columns: EditedColumns;
  readonly #names: CurrentNames;
  #reach: Reach = NOTHING_REACHED;

  constructor(row: SplicedColumns, names: CurrentNames, sources: KnownSources) {
    super(sources);
    this.#row = row;
    this.#columns = row.columns;
    this.#columns.keepValues();
    this.#names = names;
  }

  column(origin: string): JsonValue | undefined {
    return this.#value(this.#placeOf(origin));
  }

  begin(ways: Ways): readonly FormWay[] {
    const columns = this.#columns;
    this.#reach = columns.isInPlace
      ? plannedReach(ways, columns.bytes)
      : reachOf(ways, (name) => columns.placeOf(name));
    return this.#reach.ways;
  }

  valueOf(nth: number): JsonValue | undefined {
    return this.#value(this.#reach.places[nth] ?? -1);
  }

  textLength(nth: number): number {
    return this.#columns.textLength(this.#reach.places[nth] ?? -1);
  }

  placeOf(nth: number): number {
    return this.#reach.places[nth] ?? -1;
  }

  /** The places of the columns of the first so many of these ways, for {@link EditedColumns.writeOthers}. Valid until the next row is read. */
  taken(ways: Int32Array, count: number): Uint8Array {
    const { places } = this.#columns;
    if (places > marks.length) marks = new Uint8Array(places * 2);
    else marks.fill(0, 0, places);
    for (let at = 0; at < count; at++) {
      const place = this.#reach.places[ways[at] ?? 0];
      if (place !== undefined) marks[place] = 1;
    }
    return marks;
  }

  protected view(sources: KnownSources): RecordView {
    return viewRow(this, sources);
  }

  /** For conditions: this itself. */
  get bytes(): Pick<RowBytes, 'find' | 'value'> {
    return this;
  }

  /** For conditions: the place of the column to which Defender gave this name; -1 where there is none. */
  find(origin: string): number {
    return this.#placeOf(origin);
  }

  /** For conditions: what is at a place. */
  value(place: number): JsonValue {
    return this.#columns.valueAt(place) ?? null;
  }

  /** For conditions on keywords: all columns under the names that Defender gave them. */
  get properties(): JsonObject {
    return asDefenderNamed(this.#row.event, this.#names);
  }

  #placeOf(origin: string): number {
    const name = currentName(this.#names, origin);
    return name === undefined ? -1 : this.#columns.placeOf(name);
  }

  #value(place: number): JsonValue | undefined {
    const value = place < 0 ? undefined : this.#columns.valueAt(place);
    return value === null || value === '' ? undefined : value;
  }
}

const NOTHING_REACHED: Reach = { ways: [], places: [] };

function plannedReach(ways: Ways, bytes: RowBytes): Reach {
  const known = ways.plans.of(bytes);
  if (known) return known;
  const made = reachOf(ways, (name) => bytes.find(name));
  ways.plans.keep(bytes, made);
  return made;
}

function reachOf({ all }: Ways, placeOf: (name: string) => number): Reach {
  const reached = all.flatMap((way) => {
    const place = way.name === undefined ? -1 : placeOf(way.name);
    return place < 0 ? [] : [{ way, place }];
  });
  return { ways: reached.map(({ way }) => way), places: reached.map(({ place }) => place) };
}

function asDefenderNamed(event: JsonObject, names: CurrentNames): JsonObject {
  if (names.size === 0) return event;
  const renamed = new Map<string, JsonValue>(Object.entries(event));
  for (const name of names.values()) if (name !== undefined) renamed.delete(name);
  for (const [origin, name] of names) {
    const value = name !== undefined && Object.hasOwn(event, name) ? event[name] : undefined;
    if (value === undefined) renamed.delete(origin);
    else renamed.set(origin, value);
  }
  return Object.fromEntries(renamed);
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The view of a row that detections read. It makes and case-folds every string once, however many rules read it. */

import type { Row } from '../../../shared/event.ts';
import { ExactNumber } from '../../../shared/exact-number.ts';
import { parseExact } from '../../../shared/exact-numbers.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/json.ts';
import type { RowBytes } from '../../../shared/row-bytes.ts';
import { SHORT, Work, windowsOf } from '../../work.ts';
import type { FieldSource } from '../language/expression.ts';
import { fold, foldCostOf } from '../language/fold.ts';
import type { KnownSources } from '../language/sources.ts';
import type { LiteralScreen, LongAnswer, RecordView } from '../types.ts';

/** The cost of parsing per UTF-16 unit of JSON, in nanoseconds, measured on many small objects. */
const JSON_COST = 30;
/** How deeply nested values of a row are read. */
const DEPTH_LIMIT = 16;
/** How many elements of an array, or for keywords how many values of a row, are read. */
const TEXTS_LIMIT = 10_000;
/** Arrays of up to so many elements are read whole; longer ones take the cost below, in nanoseconds per element, from the row's work. */
const FEW_TEXTS = 512;
const TEXT_COST = 100;
/** The surcharge for each string in the size of a field, in units, because an array of many short strings is long too. */
const TEXT_UNITS = 16;

/** The size of a field with more strings than this is kept. */
const FEW_TO_ADD = 4;

const NONE: readonly string[] = [];

/**
 * Makes the view of a row's columns. Make one per row and share it among all detections of the row's table.
 * @param sources the sources with which the detections were compiled.
 */
export function viewRecord(properties: JsonObject, sources: KnownSources, work = new Work()): RecordView {
  return new CachedRecord({ properties }, sources, work);
}

/** Makes the view of a row. If the row is not parsed, its columns are read one at a time from its bytes. */
export function viewRow(row: Viewed, sources: KnownSources): RecordView {
  return new CachedRecord(row, sources, new Work());
}

/** The columns of a row, and where the row is not parsed, what reads one of them. */
interface Viewed extends Pick<Row, 'properties'> {
  readonly bytes?: ReadableColumns | undefined;
}

type ReadableColumns = Pick<RowBytes, 'find' | 'value'>;

class CachedRecord implements RecordView {
  readonly #row: Viewed;
  /** Undefined if the row was parsed. */
  readonly #bytes: ReadableColumns | undefined;
  readonly sources: KnownSources;
  readonly work: Work;
  #answers: Map<object, LongAnswer> | undefined;
  #screens: Map<FieldSource, LiteralScreen> | undefined;
  #part: RecordView | undefined;
  #foldCosts: Map<FieldSource, number> | undefined;
  /** The slots of sources with more values than are read. */
  #incomplete: Set<number> | undefined;
  /** The sizes of fields with more than {@link FEW_TO_ADD} strings. */
  #sizes: Map<FieldSource, number> | undefined;
  /** The strings of fields, by slot; as the others undefined until the first is known. */
  #texts: (readonly string[] | undefined)[] | undefined;
  #folded: (readonly string[] | undefined)[] | undefined;
  #parsed: Map<string, JsonValue | undefined> | undefined;
  /** The columns that dotted paths lead into, by number, so that each is decoded once. */
  #inside: Map<number, JsonValue> | undefined;

  constructor(row: Viewed, sources: KnownSources, work: Work) {
    this.#row = row;
    this.#bytes = row.bytes;
    this.sources = sources;
    this.work = work;
  }

  get properties(): JsonObject {
    return this.#row.properties;
  }

  get answers(): Map<object, LongAnswer> {
    this.#answers ??= new Map();
    return this.#answers;
  }

  get screens(): Map<FieldSource, LiteralScreen> {
    this.#screens ??= new Map();
    return this.#screens;
  }

  get part(): RecordView {
    this.#part ??= new PartOfRecord(this);
    return this.#part;
  }

  size(source: FieldSource): number {
    const texts = this.texts(source);
    // Nearly every field is one string, and to add that up takes less than to keep the sum for each field of each row.
    if (texts.length <= FEW_TO_ADD) return sizeOf(texts);
    this.#sizes ??= new Map();
    let size = this.#sizes.get(source);
    if (size === undefined) {
      size = sizeOf(texts);
      this.#sizes.set(source, size);
    }
    return size;
  }

  isLong(source: FieldSource): boolean {
    return this.size(source) > SHORT || this.isIncomplete(source);
  }

  isIncomplete(source: FieldSource): boolean {
    return this.#incomplete?.has(source.slot) === true;
  }

  #isMadeOfIncomplete(source: FieldSource): boolean {
    if (source.kind === 'rendered') return source.inputs.some((one) => this.isIncomplete(one));
    return source.kind === 'join' && source.paths.some((path) => this.isIncomplete(this.sources.find(path)));
  }

  foldCost(source: FieldSource): number {
    if (this.#folded?.[source.slot] !== undefined) return 0;
    this.#foldCosts ??= new Map();
    let cost = this.#foldCosts.get(source);
    if (cost === undefined) {
      cost = 0;
      for (const text of this.texts(source)) cost += foldCostOf(text);
      this.#foldCosts.set(source, cost);
    }
    return cost;
  }

  value(path: string): JsonValue | undefined {
    return this.#value(this.sources.find(path));
  }

  has(source: string | FieldSource): boolean {
    const from = typeof source === 'string' ? this.sources.find(source) : source;
    if (from.kind === 'column' && this.#bytes && this.#bytes.find(from.path) >= 0) return true;
    return this.#value(from) !== undefined;
  }

  texts(source: string | FieldSource): readonly string[] {
    const from = typeof source === 'string' ? this.sources.find(source) : source;
    let texts = this.#texts?.[from.slot];
    if (!texts) {
      const { cuts } = this.work;
      texts = this.#read(from);
      // A column without a slot, which is only joined, is read anew each time, and cut anew.
      if (from.slot >= 0) {
        if (this.work.cuts > cuts || this.#isMadeOfIncomplete(from)) {
          this.#incomplete ??= new Set();
          this.#incomplete.add(from.slot);
        }
        this.#texts ??= new Array(this.sources.size);
        this.#texts[from.slot] = texts;
      }
    }
    return texts;
  }

  folded(source: string | FieldSource): readonly string[] {
    const from = typeof source === 'string' ? this.sources.find(source) : source;
    let folded = this.#folded?.[from.slot];
    if (!folded) {
      folded = foldAll(this.texts(from));
      if (from.slot >= 0) {
        this.#folded ??= new Array(this.sources.size);
        this.#folded[from.slot] = folded;
      }
    }
    return folded;
  }

  #value(source: FieldSource): JsonValue | undefined {
    if (source.kind !== 'column') return undefined;
    const { path, steps } = source;
    if (this.#bytes) return this.#valueIn(this.#bytes, path, steps);
    const { properties } = this.#row;
    const direct = source.inherited && !Object.hasOwn(properties, path) ? undefined : properties[path];
    return direct !== undefined || !steps ? direct : this.#walk(properties, steps, 0, 0);
  }

  /** The value at a path; a dotted path parses only its own column. */
  #valueIn(
    bytes: ReadableColumns,
    path: string,
    steps: readonly string[] | undefined,
  ): JsonValue | undefined {
    const direct = bytes.find(path);
    if (direct >= 0) return bytes.value(direct);
    const first = steps?.[0];
    const column = first === undefined ? -1 : bytes.find(first);
    if (column < 0 || !steps) return undefined;
    this.#inside ??= new Map();
    let value = this.#inside.get(column);
    if (value === undefined) {
      value = bytes.value(column);
      this.#inside.set(column, value);
    }
    return this.#walk(value, steps, 1, 0);
  }

  #read(source: FieldSource): readonly string[] {
    switch (source.kind) {
      case 'column':
        return this.#textsOf(this.#value(source));
      case 'join': {
        const parts = source.paths.map((path) => this.texts(path)[0]).filter((part) => part);
        return parts.length === 0 ? NONE : [parts.join(source.with)];
      }
      case 'rendered':
        return source.rendering.render(source.inputs.map((input) => this.texts(input)));
      case 'any': {
        const texts: string[] = [];
        collect(this.properties, texts, 0);
        if (texts.length >= TEXTS_LIMIT) this.work.cut();
        return texts;
      }
    }
  }

  #walk(from: JsonValue, steps: readonly string[], at: number, depth: number): JsonValue | undefined {
    if (depth > DEPTH_LIMIT) return undefined;
    let value: JsonValue | undefined = from;
    for (let step = at; step < steps.length; step++) {
      if (typeof value === 'string') value = this.#parse(value);
      if (Array.isArray(value)) {
        const rest = step;
        const found = this.#atMost(value)
          .map((item) => this.#walk(item, steps, rest, depth + 1))
          .filter((item) => item !== undefined)
          .flat();
        return found.length === 0 ? undefined : found;
      }
      const name = steps[step];
      if (name === undefined || !isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
    return value;
  }

  #textsOf(value: JsonValue | undefined): readonly string[] {
    if (typeof value === 'string') return [value];
    if (value === undefined || value === null) return NONE;
    if (isScalar(value)) return [String(value)];
    if (!Array.isArray(value)) return NONE;
    const texts: string[] = [];
    for (const item of this.#atMost(value)) {
      if (item !== null && isScalar(item)) texts.push(String(item));
    }
    return texts;
  }

  /** The whole array if the work suffices, otherwise its first elements. */
  #atMost(values: readonly JsonValue[]): readonly JsonValue[] {
    if (values.length <= FEW_TEXTS) return values;
    const fits = values.length <= TEXTS_LIMIT && this.work.take('long', TEXT_COST * values.length);
    if (fits) return values;
    this.work.cut();
    return values.slice(0, FEW_TEXTS);
  }

  #parse(text: string): JsonValue | undefined {
    if (!/^\s*[[{]/.test(text)) return undefined;
    this.#parsed ??= new Map();
    if (this.#parsed.has(text)) return this.#parsed.get(text);
    if (text.length > SHORT && !this.work.take('long', JSON_COST * text.length)) {
      this.work.cut();
      return undefined;
    }
    let value: JsonValue | undefined;
    try {
      value = parseExact(text);
    } catch {
      value = undefined;
    }
    this.#parsed.set(text, value);
    return value;
  }
}

/** A view of the same row with only the beginning and the end of long strings, for tests whose work does not suffice for the whole. */
class PartOfRecord implements RecordView {
  readonly sources: KnownSources;
  readonly work: Work;
  readonly answers = new Map<object, LongAnswer>();
  readonly screens = new Map<FieldSource, LiteralScreen>();
  readonly #whole: RecordView;
  readonly #texts = new Map<FieldSource, readonly string[]>();
  readonly #folded = new Map<FieldSource, readonly string[]>();

  constructor(whole: RecordView) {
    this.#whole = whole;
    this.sources = whole.sources;
    this.work = whole.work;
  }

  get properties(): JsonObject {
    return this.#whole.properties;
  }

  get part(): RecordView {
    return this;
  }

  isLong(): boolean {
    return false;
  }

  isIncomplete(): boolean {
    return false;
  }

  foldCost(): number {
    return 0;
  }

  size(source: FieldSource): number {
    return Math.min(SHORT, this.#whole.size(source));
  }

  value(path: string): JsonValue | undefined {
    return this.#whole.value(path);
  }

  has(source: string | FieldSource): boolean {
    return this.#whole.has(source);
  }

  texts(source: string | FieldSource): readonly string[] {
    const from = typeof source === 'string' ? this.sources.find(source) : source;
    if (!this.#whole.isLong(from)) return this.#whole.texts(from);
    let texts = this.#texts.get(from);
    if (!texts) {
      texts = partOf(this.#whole.texts(from));
      this.#texts.set(from, texts);
    }
    return texts;
  }

  folded(source: string | FieldSource): readonly string[] {
    const from = typeof source === 'string' ? this.sources.find(source) : source;
    if (!this.#whole.isLong(from)) return this.#whole.folded(from);
    let folded = this.#folded.get(from);
    if (!folded) {
      folded = foldAll(this.texts(from));
      this.#folded.set(from, folded);
    }
    return folded;
  }
}

function sizeOf(texts: readonly string[]): number {
  let size = 0;
  for (let at = 0; at < texts.length; at++) size += (texts[at] as string).length + TEXT_UNITS;
  return size;
}

/** The beginning and the end of each string, for as many strings as fit into `SHORT` units. */
function partOf(texts: readonly string[]): readonly string[] {
  const part: string[] = [];
  let left = SHORT;
  for (const text of texts) {
    const shown = windowsOf(text);
    left -= shown.length + TEXT_UNITS;
    if (left < 0) break;
    part.push(shown);
  }
  return part;
}

function foldAll(texts: readonly string[]): readonly string[] {
  const only = texts.length === 1 ? texts[0] : undefined;
  if (only === undefined) return texts.map(fold);
  const folded = fold(only);
  return folded === only ? texts : [folded];
}

/** Whether a value is a single string, number or boolean: not an object and not an array. */
function isScalar(value: Exclude<JsonValue, null>): value is string | number | boolean | ExactNumber {
  return typeof value !== 'object' || value instanceof ExactNumber;
}

function collect(value: JsonValue, into: string[], depth: number): void {
  if (into.length >= TEXTS_LIMIT) return;
  if (value === null) return;
  if (isScalar(value)) {
    into.push(String(value));
    return;
  }
  if (depth >= DEPTH_LIMIT) return;
  const items: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value);
  for (const item of items) collect(item, into, depth + 1);
}

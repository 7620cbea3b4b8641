import { parseExact } from '../../shared/exact-numbers.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { Work } from '../work.ts';
import type { FieldSource } from './expression.ts';
import { fold } from './fold.ts';
import { anyColumn, sourceCount } from './source.ts';
import type { RecordView } from './types.ts';

/** A string longer than this is not looked into as JSON, UTF-16 units. */
const JSON_TEXT_LIMIT = 4_194_304;
/** Deeper and further values of a row are not searched for keywords. */
const DEPTH_LIMIT = 16;
const TEXTS_LIMIT = 10_000;

const NONE: readonly string[] = [];

/** Wraps a row's columns for matching: make one per row and share it among all detections. */
export function viewRecord(properties: JsonObject): RecordView {
  return new CachedRecord(properties);
}

class CachedRecord implements RecordView {
  readonly properties: JsonObject;
  readonly work = new Work();
  /** By the sources' slots. */
  readonly #texts: (readonly string[] | undefined)[] = new Array(sourceCount());
  readonly #folded: (readonly string[] | undefined)[] = new Array(sourceCount());
  #parsed: Map<string, JsonValue | undefined> | undefined;

  constructor(properties: JsonObject) {
    this.properties = properties;
  }

  value(path: string): JsonValue | undefined {
    return this.#value(anyColumn(path));
  }

  texts(source: string | FieldSource): readonly string[] {
    const from = typeof source === 'string' ? anyColumn(source) : source;
    let texts = this.#texts[from.slot];
    if (!texts) {
      texts = this.#read(from);
      if (from.slot >= 0) this.#texts[from.slot] = texts;
    }
    return texts;
  }

  folded(source: string | FieldSource): readonly string[] {
    const from = typeof source === 'string' ? anyColumn(source) : source;
    let folded = this.#folded[from.slot];
    if (!folded) {
      folded = foldAll(this.texts(from));
      if (from.slot >= 0) this.#folded[from.slot] = folded;
    }
    return folded;
  }

  #value(source: FieldSource): JsonValue | undefined {
    if (source.kind !== 'column') return undefined;
    const { path, steps } = source;
    const direct =
      source.inherited && !Object.hasOwn(this.properties, path) ? undefined : this.properties[path];
    return direct !== undefined || !steps ? direct : this.#walk(this.properties, steps, 0, 0);
  }

  #read(source: FieldSource): readonly string[] {
    switch (source.kind) {
      case 'column':
        return textsOf(this.#value(source));
      case 'join': {
        const parts = source.paths.map((path) => this.texts(path)[0]).filter((part) => part);
        return parts.length === 0 ? NONE : [parts.join(source.with)];
      }
      case 'any': {
        const texts: string[] = [];
        collect(this.properties, texts, 0);
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
        const found = value
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

  #parse(text: string): JsonValue | undefined {
    if (text.length > JSON_TEXT_LIMIT || !/^\s*[[{]/.test(text)) return undefined;
    this.#parsed ??= new Map();
    if (this.#parsed.has(text)) return this.#parsed.get(text);
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

/** The text of a scalar, as Sigma compares it. */
export function textOf(value: string | number | boolean): string {
  return typeof value === 'string' ? value : String(value);
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === undefined || value === null) return NONE;
  if (typeof value !== 'object') return [String(value)];
  if (!Array.isArray(value)) return NONE;
  const texts: string[] = [];
  for (const item of value) {
    if (item !== null && typeof item !== 'object') texts.push(String(item));
  }
  return texts;
}

function foldAll(texts: readonly string[]): readonly string[] {
  const only = texts.length === 1 ? texts[0] : undefined;
  return only === undefined ? texts.map(fold) : [fold(only)];
}

function collect(value: JsonValue, into: string[], depth: number): void {
  if (into.length >= TEXTS_LIMIT) return;
  if (value === null) return;
  if (typeof value !== 'object') {
    into.push(String(value));
    return;
  }
  if (depth >= DEPTH_LIMIT) return;
  const items: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value);
  for (const item of items) collect(item, into, depth + 1);
}

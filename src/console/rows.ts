/** Decides what of a row the console shows: nothing where `console.rows` does not allow it, and masked columns never. */
import { isUtf8 } from 'node:buffer';
import type { RelayConfig } from '../config/schema.ts';
import { parseExact } from '../shared/exact-numbers.ts';
import { isJsonObject, type JsonValue } from '../shared/json.ts';
import type { ShownText } from './model/rows.ts';

/** What `console.rows` in relay.yaml says. */
export interface RowPolicy {
  /** Whether rows are shown at all. */
  readonly shown: boolean;
  /** Columns whose values are replaced, at any depth; `*` stands for any characters. Case does not matter. */
  readonly mask: readonly string[];
}

/** The policy for rows of a table. @param table undefined for a row that could not be read. */
export function rowPolicy(config: Pick<RelayConfig, 'console'>, table: string | undefined): RowPolicy {
  const { show = false, tables, mask = [] } = config.console?.rows ?? {};
  const isListed = tables === undefined || tables.some((one) => one.toLowerCase() === table?.toLowerCase());
  return { shown: show && isListed, mask };
}

/** Stands in place of a value that is masked. */
export const MASKED = '(masked)';

/** The most of one text that is sent to the browser. Characters. */
const MOST_SHOWN = 262_144;
/** The most bytes of a text in which values are masked: each of its values is compared with each masked value. */
const MOST_COMPARED = 262_144;
/** The most bytes of a row that is parsed for its masked columns: relay.yaml allows rows of 32 MiB. */
const MOST_PARSED = 33_554_432;
/** Deeper values are masked whole: nobody reads them, and each level costs stack. */
const DEEPEST = 64;
/** More masked values than this are not compared with, and then what was sent is not shown. */
const MOST_VALUES = 200;

const NOT_ALLOWED =
  'Rows are not shown: the setting console.rows in relay.yaml does not allow it. It says who may see them and which columns are masked.';

/** The text of a row. Where columns are masked and the row cannot be parsed, none of its bytes are shown. */
export function shownRow(row: Uint8Array, policy: RowPolicy): ShownText {
  if (!policy.shown) return hidden(row.length, NOT_ALLOWED);
  const lossy = !isUtf8(row);
  const text = textOf(row);
  if (policy.mask.length === 0) return shown(text, { bytes: row.length, masked: false, lossy });
  const masked = row.length > MOST_PARSED ? undefined : maskedJson(text, policy.mask);
  if (masked === undefined) {
    return hidden(
      row.length,
      'This row is not shown: columns are masked (console.rows.mask), and it cannot be parsed, so that they cannot be found in it.',
    );
  }
  return shown(masked.text, { bytes: row.length, masked: masked.values.size > 0, lossy });
}

/**
 * The text of what was sent for a row. A destination's shape may have given a masked column another name, so values that equal, contain or
 * are contained in a masked value of the row are masked, too. What is not JSON, line by line, is then not shown.
 */
export function shownPayload(payload: string, row: Uint8Array, policy: RowPolicy): ShownText {
  const bytes = Buffer.byteLength(payload);
  if (!policy.shown) return hidden(bytes, NOT_ALLOWED);
  if (policy.mask.length === 0) return shown(payload, { bytes, masked: false, lossy: false });
  const values = row.length > MOST_PARSED ? undefined : maskedJson(textOf(row), policy.mask)?.values;
  const comparer = values && comparerOf(values);
  const why = 'What was sent is not shown: columns are masked (console.rows.mask), and';
  if (!comparer) return hidden(bytes, `${why} the row cannot be parsed, so that they are not known.`);
  if (bytes > MOST_COMPARED) return hidden(bytes, `${why} it is too long to be searched for their values.`);
  const lines: string[] = [];
  let isMasked = false;
  for (const line of payload.split('\n')) {
    if (line.trim() === '') {
      lines.push(line);
      continue;
    }
    const masked = maskedJson(line, policy.mask, comparer);
    if (!masked) return hidden(bytes, `${why} it is not JSON, so that their values cannot be found in it.`);
    isMasked ||= masked.values.size > 0;
    lines.push(masked.text);
  }
  return shown(lines.join('\n'), { bytes, masked: isMasked, lossy: false });
}

/**
 * A sentence about a row, such as a destination's answer, without the values of its masked columns, which the destination may have quoted.
 * Undefined where columns are masked and the row cannot be parsed: then it is unknown what the sentence quotes.
 */
export function shownSentence(text: string, row: Uint8Array, policy: RowPolicy): string | undefined {
  if (policy.mask.length === 0) return text;
  const values = row.length > MOST_PARSED ? undefined : maskedJson(textOf(row), policy.mask)?.values;
  if (values === undefined || values.size > MOST_VALUES) return undefined;
  let clean = text;
  for (const value of [...values].sort((a, b) => b.length - a.length)) {
    if (value === '') continue;
    clean = clean.replaceAll(value, MASKED).replaceAll(JSON.stringify(value).slice(1, -1), MASKED);
  }
  return clean;
}

/** A parsed row, or a part of one, with the masked columns replaced at any depth. */
export function maskedValue(value: JsonValue, mask: readonly string[]): JsonValue {
  return new Masker(mask, NOTHING).masked(value, 0);
}

/** Columns whose answer is remembered, since their names may be an attacker's. */
const MOST_KNOWN = 2_000;

/** `*IPAddress` as a regular expression. */
function patternOf(mask: string): RegExp {
  const parts = mask.split(/\*+/).map((part) => part.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*?')}$`, 'i');
}

/** Tells the columns that are masked by their names. */
export function columnMask(mask: readonly string[]): (column: string) => boolean {
  const patterns = mask.map(patternOf);
  return (column) => patterns.some((pattern) => pattern.test(column));
}

type Comparer = (text: string) => boolean;
const NOTHING: Comparer = () => false;

/** Undefined if the text is not JSON. `values` are those that were replaced. */
function maskedJson(
  text: string,
  mask: readonly string[],
  isMasked: Comparer = NOTHING,
): { readonly text: string; readonly values: ReadonlySet<string> } | undefined {
  let value: JsonValue;
  try {
    value = parseExact(text);
  } catch {
    return undefined;
  }
  const masker = new Masker(mask, isMasked);
  return { text: JSON.stringify(masker.masked(value, 0)), values: masker.values };
}

/** Replaces values, and notes what they were. */
class Masker {
  readonly #patterns: readonly RegExp[];
  /** By column, whether it is masked: a row has the same few again and again. */
  readonly #known = new Map<string, boolean>();
  readonly #isMasked: Comparer;
  readonly values = new Set<string>();

  constructor(mask: readonly string[], isMasked: Comparer) {
    this.#patterns = mask.map(patternOf);
    this.#isMasked = isMasked;
  }

  masked(value: JsonValue, depth: number): JsonValue {
    if (depth >= DEEPEST) return this.#replaced(value);
    if (typeof value === 'string') return this.#maskedText(value, depth);
    if (typeof value !== 'object' || value === null || !(Array.isArray(value) || isJsonObject(value))) {
      return typeof value === 'boolean' || value === null || !this.#isMasked(String(value))
        ? value
        : this.#replaced(value);
    }
    if (Array.isArray(value)) return value.map((item: JsonValue) => this.masked(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        this.#hides(key) ? this.#replaced(item) : this.masked(item, depth + 1),
      ]),
    );
  }

  /** Defender puts JSON into strings: `AdditionalFields`. */
  #maskedText(text: string, depth: number): string {
    if (this.#isMasked(text)) return MASKED;
    if (!/^\s*[[{]/.test(text)) return text;
    try {
      const before = this.values.size;
      const inner = this.masked(parseExact(text), depth + 1);
      return this.values.size === before ? text : JSON.stringify(inner);
    } catch {
      // JSON that was cut in the middle may still name a masked column.
      const names = text.slice(0, MOST_COMPARED).match(/[\w.]+/g) ?? [];
      return text.length > MOST_COMPARED || names.some((name) => this.#hides(name)) ? MASKED : text;
    }
  }

  #hides(column: string): boolean {
    const known = this.#known.get(column);
    if (known !== undefined) return known;
    const hides = this.#patterns.some((pattern) => pattern.test(column));
    if (this.#known.size < MOST_KNOWN) this.#known.set(column, hides);
    return hides;
  }

  #replaced(value: JsonValue): string {
    collect(value, this.values, 0);
    return MASKED;
  }
}

/** Notes each text and number in a value that was replaced. */
function collect(value: JsonValue, into: Set<string>, depth: number): void {
  if (Array.isArray(value)) for (const item of value) if (depth < DEEPEST) collect(item, into, depth + 1);
  if (isJsonObject(value)) {
    for (const item of Object.values(value)) if (depth < DEEPEST) collect(item, into, depth + 1);
  } else if (!Array.isArray(value) && value !== null && typeof value !== 'boolean') into.add(String(value));
}

/** Undefined where there are too many values to compare with. */
function comparerOf(values: ReadonlySet<string>): Comparer | undefined {
  if (values.size > MOST_VALUES) return undefined;
  const known = [...values].filter((value) => value !== '').map((value) => value.toLowerCase());
  return (text) => {
    const low = text.toLowerCase();
    if (low === '') return false;
    return known.some((value) => {
      // Short texts are parts of many others by chance.
      if (value.length < 3 || low.length < 3) return low === value;
      return low.includes(value) || value.includes(low);
    });
  };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function shown(text: string, about: Pick<ShownText, 'bytes' | 'masked' | 'lossy'>): ShownText {
  const cut = text.length > MOST_SHOWN;
  return { text: cut ? text.slice(0, MOST_SHOWN).toWellFormed() : text, cut, ...about };
}

function hidden(bytes: number, why: string): ShownText {
  return { why, bytes, cut: false, masked: false, lossy: false };
}

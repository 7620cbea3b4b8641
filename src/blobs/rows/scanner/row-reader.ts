/** The twin's reader of one row: its members, its columns, its category, and what is unusual about it. */
import { IntTable } from './int-table.ts';
import { CLOSE_OBJECT, COMMA, JsonReader, OPEN_OBJECT } from './json-reader.ts';
import {
  FLAG_ESCAPED,
  FLAG_NO_CATEGORY,
  FLAG_NO_PROPERTIES,
  FLAG_NOT_JSON,
  FLAG_NOT_OBJECT,
  FLAG_PLUMBING,
  FLAG_PROTO_KEY,
  FLAG_TOO_MANY_VALUES,
  FLAGS_SLOW,
  KIND_ESCAPED,
  KIND_OBJECT,
  MANY_VALUES_FROM,
  MEMBER_HASH,
  MEMBER_INTS,
  MEMBER_KEY_END,
  MEMBER_KEY_START,
  MEMBER_KIND,
  MEMBER_VALUE_END,
  MEMBER_VALUE_START,
  ROW_CATEGORY_END,
  ROW_CATEGORY_START,
  ROW_COLUMNS,
  ROW_ENVELOPE,
  ROW_FIRST,
  ROW_PROPERTIES_END,
  ROW_PROPERTIES_START,
  VALUES_MOST,
} from './layout.ts';

const CATEGORY = Buffer.from('category');
const PROPERTIES = Buffer.from('properties');
const PROTO = Buffer.from('__proto__');
const PLUMBING = Buffer.from('__UDI_RequiredFields_');

/** Where a value lies; its start is -1 where there is none. */
interface Span {
  start: number;
  end: number;
}

/** Reads one row after the other. */
export class RowReader {
  /** The members of all rows that were read. */
  members = new IntTable(0);
  readonly #json = new JsonReader();
  /** The row's own members, until those of `properties` are written. */
  readonly #envelope = new IntTable(64 * MEMBER_INTS);
  #first = 0;
  #columns = 0;
  readonly #category: Span = { start: -1, end: -1 };
  readonly #properties: Span = { start: -1, end: -1 };

  /** Reads a row and returns its flags; adds its members where none of FLAGS_SLOW is among them. */
  read(page: Uint8Array, start: number, end: number): number {
    const json = this.#json;
    json.begin(page, start, end);
    this.#envelope.cut(0);
    this.#first = this.members.length;
    this.#columns = 0;
    this.#category.start = -1;
    this.#properties.start = -1;
    this.#row();
    if (json.values > VALUES_MOST && end - start > MANY_VALUES_FROM) json.flags |= FLAG_TOO_MANY_VALUES;
    if ((json.flags & FLAGS_SLOW) !== 0) this.members.cut(this.#first);
    else this.members.append(this.#envelope);
    return json.flags;
  }

  /** Writes what was read last into a row of the table of rows. */
  describe(rows: IntTable, at: number): void {
    rows.set(at + ROW_CATEGORY_START, this.#category.start);
    rows.set(at + ROW_CATEGORY_END, this.#category.end);
    rows.set(at + ROW_PROPERTIES_START, this.#properties.start);
    rows.set(at + ROW_PROPERTIES_END, this.#properties.end);
    rows.set(at + ROW_FIRST, this.#first / MEMBER_INTS);
    rows.set(at + ROW_COLUMNS, this.#columns);
    rows.set(at + ROW_ENVELOPE, this.#envelope.length / MEMBER_INTS);
  }

  #row(): void {
    const json = this.#json;
    json.space();
    const isObject = json.byte() === OPEN_OBJECT;
    if (!(isObject ? this.#object(this.#envelope, 1) : json.value(0) !== 0)) return;
    json.space();
    if (json.at !== json.end) json.fail(FLAG_NOT_JSON);
    else if (!isObject) json.fail(FLAG_NOT_OBJECT);
    else {
      if (this.#category.start === -1) json.fail(FLAG_NO_CATEGORY);
      if (this.#properties.start === -1) json.fail(FLAG_NO_PROPERTIES);
    }
  }

  /** Reads the row, or its `properties`, with their members. Whether it is JSON. */
  #object(table: IntTable, depth: number): boolean {
    const json = this.#json;
    const object = json.object();
    json.values++;
    json.at++;
    json.space();
    if (json.byte() === CLOSE_OBJECT) {
      json.at++;
      return true;
    }
    for (;;) {
      if (!this.#member(table, depth, object)) return false;
      json.space();
      const byte = json.byte();
      if (byte !== COMMA && byte !== CLOSE_OBJECT) return json.fail(FLAG_NOT_JSON) !== 0;
      json.at++;
      if (byte === CLOSE_OBJECT) return true;
      json.values++;
      json.space();
    }
  }

  #member(table: IntTable, depth: number, object: number): boolean {
    const json = this.#json;
    const keyKind = json.key(object);
    if (keyKind === 0) return false;
    const { keyStart, keyEnd, keyHash, at: start } = json;
    if (keyKind === KIND_ESCAPED) json.flags |= FLAG_ESCAPED;
    if (this.#isKey(PROTO, keyStart, keyEnd)) json.flags |= FLAG_PROTO_KEY;
    const isEnvelope = depth === 1;
    if (!isEnvelope && this.#isKey(PLUMBING, keyStart, Math.min(keyEnd, keyStart + PLUMBING.length)))
      json.flags |= FLAG_PLUMBING;
    const isProperties =
      isEnvelope && json.byte() === OPEN_OBJECT && this.#isKey(PROPERTIES, keyStart, keyEnd);
    let kind = KIND_OBJECT;
    if (isProperties) {
      if (!this.#object(this.members, 2)) return false;
      this.#properties.start = start;
      this.#properties.end = json.at;
    } else {
      kind = json.value(depth);
      if (kind === 0) return false;
      if (isEnvelope && this.#isKey(CATEGORY, keyStart, keyEnd)) this.#readCategory(kind, start);
    }
    // Once a row is slow, nothing of it is kept.
    if ((json.flags & FLAGS_SLOW) !== 0) return true;
    if (!isEnvelope) this.#columns++;
    const row = table.add(MEMBER_INTS);
    table.set(row + MEMBER_KEY_START, keyStart);
    table.set(row + MEMBER_KEY_END, keyEnd);
    table.set(row + MEMBER_VALUE_START, start);
    table.set(row + MEMBER_VALUE_END, json.at);
    table.set(row + MEMBER_KIND, kind);
    table.set(row + MEMBER_HASH, keyHash);
    return true;
  }

  #readCategory(kind: number, start: number): void {
    const json = this.#json;
    if (kind === KIND_ESCAPED) json.flags |= FLAG_ESCAPED;
    if (kind > KIND_ESCAPED || json.at - start === 2) return;
    this.#category.start = start + 1;
    this.#category.end = json.at - 1;
  }

  #isKey(name: Uint8Array, start: number, end: number): boolean {
    if (end - start !== name.length) return false;
    for (let index = 0; index < name.length; index++) {
      if (this.#json.bytes[start + index] !== name[index]) return false;
    }
    return true;
  }
}

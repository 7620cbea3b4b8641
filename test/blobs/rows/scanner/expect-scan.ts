/** Holds what a scan tells of a page against the plain path: lineSplitter, JSON.parse, scanRow, parseRow. */
import { isUtf8 } from 'node:buffer';
import { expect } from 'vitest';
import { lineSplitter } from '../../../../src/blobs/rows/lines.ts';
import { parseRow } from '../../../../src/blobs/rows/parse-row.ts';
import type { RawRow } from '../../../../src/blobs/rows/raw-row.ts';
import { scanRow } from '../../../../src/blobs/rows/scan.ts';
import * as layout from '../../../../src/blobs/rows/scanner/layout.ts';
import type { PageScan } from '../../../../src/blobs/rows/scanner/page-scan.ts';
import { eventId } from '../../../../src/shared/event-id.ts';
import { readWritten, type Written, type WrittenMember } from './written-json.ts';

/** A member as the tables tell it. */
export interface Member {
  readonly key: string;
  readonly value: string;
  readonly kind: number;
  readonly hash: number;
}

/** A row as the tables tell it. */
export interface ScannedRow {
  readonly start: number;
  readonly end: number;
  readonly next: number;
  readonly flags: number;
  readonly category: string;
  readonly properties: string;
  readonly columns: readonly Member[];
  readonly envelope: readonly Member[];
  readonly layout: number;
}

/** The rows of a scan, with the bytes that their spans mean. */
export function rowsOf(page: Buffer, { count, rows, members }: PageScan): readonly ScannedRow[] {
  expect(rows.length).toBe(count * layout.ROW_INTS);
  const text = (start: number, end: number) => page.toString('utf8', start, end);
  const member = (index: number): Member => {
    const int = (name: number) => members[index * layout.MEMBER_INTS + name] ?? -1;
    return {
      key: text(int(layout.MEMBER_KEY_START), int(layout.MEMBER_KEY_END)),
      value: text(int(layout.MEMBER_VALUE_START), int(layout.MEMBER_VALUE_END)),
      kind: int(layout.MEMBER_KIND),
      hash: int(layout.MEMBER_HASH),
    };
  };
  return Array.from({ length: count }, (_, row) => {
    const int = (name: number) => rows[row * layout.ROW_INTS + name] ?? -1;
    const first = int(layout.ROW_FIRST);
    const columns = int(layout.ROW_COLUMNS);
    const envelope = int(layout.ROW_ENVELOPE);
    return {
      start: int(layout.ROW_START),
      end: int(layout.ROW_END),
      next: int(layout.ROW_NEXT),
      flags: int(layout.ROW_FLAGS),
      category: text(int(layout.ROW_CATEGORY_START), int(layout.ROW_CATEGORY_END)),
      properties: text(int(layout.ROW_PROPERTIES_START), int(layout.ROW_PROPERTIES_END)),
      columns: Array.from({ length: columns }, (_, index) => member(first + index)),
      envelope: Array.from({ length: envelope }, (_, index) => member(first + columns + index)),
      layout: int(layout.ROW_LAYOUT),
    };
  });
}

/** Names of the flags that are set, for messages. */
export function flagNames(flags: number): readonly string[] {
  return Object.entries(layout)
    .filter(([name, value]) => name.startsWith('FLAG_') && (flags & value) !== 0)
    .map(([name]) => name);
}

/** Expects of a scan of a whole page what the plain path says of it. */
export function expectScan(page: Buffer, scan: PageScan, rowLimit: number): void {
  const splitter = lineSplitter(0, rowLimit);
  const raws = splitter.push(page);
  const rows = rowsOf(page, scan);
  expect(scan.rest).toBe(splitter.position);
  expect(rows.map(({ start, next }) => [start, next])).toEqual(raws.map(({ offset, end }) => [offset, end]));
  for (const [index, row] of rows.entries()) {
    const raw = raws[index];
    if (raw) expectRow(page, row, raw);
  }
}

function expectRow(page: Buffer, row: ScannedRow, raw: RawRow): void {
  const has = (flag: number) => (row.flags & flag) !== 0;
  expect(has(layout.FLAG_TOO_LARGE)).toBe(raw.truncated);
  if (raw.truncated) return;
  const bytes = page.subarray(row.start, row.end);
  expect(bytes.equals(raw.bytes)).toBe(true);
  expect(has(layout.FLAG_LONG)).toBe(
    row.next - row.start > layout.LINE_MOST - (has(layout.FLAG_BOM) ? 3 : 0),
  );
  if (has(layout.FLAG_LONG)) return;

  const text = bytes.toString();
  const accepted = isAccepted(text);
  const context = `${flagNames(row.flags)} of ${text}`;
  if (!isUtf8(bytes)) {
    const isTold =
      has(layout.FLAG_NOT_UTF8 | layout.FLAG_TOO_DEEP) || (has(layout.FLAG_NOT_JSON) && !accepted);
    expect(isTold, context).toBe(true);
    return;
  }
  expect(has(layout.FLAG_NOT_UTF8), context).toBe(false);
  if (has(layout.FLAG_TOO_DEEP) && !accepted) return;
  expect(!has(layout.FLAG_NOT_JSON), context).toBe(accepted);
  if (!accepted) return;
  const { depth, values } = scanRow(bytes);
  expect(has(layout.FLAG_TOO_DEEP), context).toBe(depth > layout.DEPTH_MOST);
  if (has(layout.FLAG_TOO_DEEP)) return;
  expect(has(layout.FLAG_TOO_MANY_VALUES)).toBe(
    values > layout.VALUES_MOST && bytes.length > layout.MANY_VALUES_FROM,
  );
  expectValid(row, raw, text, context);
}

function expectValid(row: ScannedRow, raw: RawRow, text: string, context: string): void {
  const has = (flag: number) => (row.flags & flag) !== 0;
  const written = readWritten(text);
  const all = objectsIn(written);
  expect(has(layout.FLAG_NOT_OBJECT), context).toBe(written.kind !== 'object');
  expect(has(layout.FLAG_MANY_KEYS), context).toBe(
    all.reduce((sum, { members }) => sum + members.length, 0) > layout.KEYS_MOST,
  );
  if (!has(layout.FLAG_MANY_KEYS)) {
    expect(has(layout.FLAG_DUPLICATE_KEY), context).toBe(all.some(hasDuplicates));
  }
  const numbers = numbersIn(written).map(({ start, end }) => text.slice(start, end));
  expect(has(layout.FLAG_INEXACT), context).toBe(numbers.some(isInexact));
  expect(numbers.filter((number) => isLost(number) && !isInexact(number))).toEqual([]);
  if (written.kind === 'object') expectObject(row, raw, written, context);
}

function expectObject(row: ScannedRow, raw: RawRow, written: Written, context: string): void {
  const has = (flag: number) => (row.flags & flag) !== 0;
  const slow = (row.flags & layout.FLAGS_SLOW) !== 0;
  const parsed = parseRow(raw, 'c/b', raw.bytes.length);
  if (!has(layout.FLAG_DUPLICATE_KEY | layout.FLAG_ESCAPED | layout.FLAG_MANY_KEYS)) {
    const reason = parsed.ok ? undefined : parsed.reason;
    expect(has(layout.FLAG_NO_CATEGORY) || has(layout.FLAG_NO_PROPERTIES), context).toBe(
      reason === 'no_category' || reason === 'no_properties',
    );
  }
  const text = raw.bytes.toString();
  const last = (name: string) => written.members.findLast(({ key }) => key === name)?.value;
  const category = last('category');
  const properties = last('properties');
  const columns = properties?.kind === 'object' ? properties.members : [];
  const direct = [...written.members, ...columns];
  if (!has(layout.FLAG_DUPLICATE_KEY)) {
    const escaped =
      direct.some(({ key }) => key.includes('\\')) ||
      (category?.kind === 'string' && text.slice(category.start, category.end).includes('\\'));
    expect(has(layout.FLAG_ESCAPED), context).toBe(escaped);
    expect(has(layout.FLAG_PROTO_KEY), context).toBe(direct.some(({ key }) => key === '__proto__'));
    expect(has(layout.FLAG_PLUMBING), context).toBe(
      columns.some(({ key }) => key.startsWith('__UDI_RequiredFields_')),
    );
  }
  if (slow) {
    expect([row.category, row.properties, row.columns, row.envelope, row.layout]).toEqual([
      '',
      '',
      [],
      [],
      0,
    ]);
    return;
  }
  expect(parsed.ok && !parsed.repaired, context).toBe(true);
  if (!parsed.ok) return;
  expect(row.category).toBe(parsed.row.envelope.category);
  const span = scanRow(raw.bytes).properties;
  expect(row.properties).toBe(raw.bytes.toString('utf8', span?.start, span?.end));
  expect(eventId(row.category, row.properties)).toBe(parsed.row.id);
  expect(
    row.columns.map(({ key, value, kind }) => [key, value, kind]),
    context,
  ).toEqual(columns.map((member) => written3(text, member)));
  expect(
    row.envelope.map(({ key, value, kind }) => [key, value, kind]),
    context,
  ).toEqual(written.members.map((member) => written3(text, member)));
}

function written3(text: string, { key, value }: WrittenMember): readonly [string, string, number] {
  const given = text.slice(value.start, value.end);
  return [key, given, kindOf(value, given)];
}

function kindOf({ kind }: Written, text: string): number {
  switch (kind) {
    case 'object':
      return layout.KIND_OBJECT;
    case 'array':
      return layout.KIND_ARRAY;
    case 'number':
      return isInexact(text) ? layout.KIND_INEXACT : layout.KIND_NUMBER;
    case 'string':
      if (text.includes('\\')) return layout.KIND_ESCAPED;
      return Buffer.byteLength(text) === text.length ? layout.KIND_ASCII : layout.KIND_UTF8;
    case 'literal':
      return text === 'true' ? layout.KIND_TRUE : text === 'false' ? layout.KIND_FALSE : layout.KIND_NULL;
  }
}

/** What the scanner calls inexact: whatever parseExact keeps as written, and exponents and digits that could make it do so. */
function isInexact(number: string): boolean {
  const digits = /^[^eE]*/.exec(number)?.[0].replace(/[-.]/g, '').length ?? 0;
  const isInteger = /^-?\d+$/.test(number);
  return isLost(number) || (!isInteger && (digits >= 200 || /[eE][+-]?\d{3}/.test(number)));
}

/** Whether a double changes a number, as the head of exact-numbers.ts has it. */
function isLost(number: string): boolean {
  const value = Number(number);
  if (value === 0) return number.startsWith('-') || /^[^eE]*[1-9]/.test(number);
  return !Number.isFinite(value) || (/^-?\d+$/.test(number) && !Number.isSafeInteger(value));
}

function isAccepted(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function objectsIn(value: Written): readonly Written[] {
  const inner = [...value.elements, ...value.members.map((member) => member.value)].flatMap(objectsIn);
  return value.kind === 'object' ? [value, ...inner] : inner;
}

function numbersIn(value: Written): readonly Written[] {
  if (value.kind === 'number') return [value];
  return [...value.elements, ...value.members.map((member) => member.value)].flatMap(numbersIn);
}

function hasDuplicates({ members }: Written): boolean {
  return new Set(members.map(({ key }) => key)).size < members.length;
}

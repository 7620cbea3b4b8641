/** Holds what a scan tells of a page against the plain path: lineSplitter, JSON.parse, scanRow, parseRow. */
import { isUtf8 } from 'node:buffer';
import { lineSplitter } from '../../../../src/blobs/rows/lines.ts';
import { parseRow } from '../../../../src/blobs/rows/parse-row.ts';
import type { RawRow } from '../../../../src/blobs/rows/raw-row.ts';
import { scanRow } from '../../../../src/blobs/rows/scan.ts';
import * as layout from '../../../../src/blobs/rows/scanner/layout.ts';
import type { PageScan } from '../../../../src/blobs/rows/scanner/page-scan.ts';
import { scanPageInTypeScript } from '../../../../src/blobs/rows/scanner/twin.ts';
import { eventId } from '../../../../src/shared/event-id.ts';
import { ExactNumber } from '../../../../src/shared/exact-number.ts';
import { parseExact } from '../../../../src/shared/exact-numbers.ts';
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
}

/** The rows of a scan, with the bytes that their spans mean. */
export function rowsOf(page: Buffer, { count, rows, members }: PageScan): readonly ScannedRow[] {
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
    };
  });
}

/** Names of the flags that are set, for messages. */
export function flagNames(flags: number): readonly string[] {
  return Object.entries(layout)
    .filter(([name, value]) => name.startsWith('FLAG_') && (flags & value) !== 0)
    .map(([name]) => name);
}

/** Holds a scan of a whole page against the twin's. Throws where they differ. */
export function expectSameScan(page: Buffer, scan: PageScan, rowLimit: number): void {
  const twin = scanPageInTypeScript(page, 0, page.length, rowLimit);
  same('the rest', scan.rest, twin.rest, page);
  same('the number of rows', scan.count, twin.count, page);
  same('the rows', firstDifference(scan.rows, twin.rows), undefined, page);
  same('the members', firstDifference(scan.members, twin.members), undefined, page);
}

function firstDifference(one: Int32Array, other: Int32Array): string | undefined {
  if (Buffer.compare(bytesOf(one), bytesOf(other)) === 0) return undefined;
  const at = one.findIndex((int, index) => int !== other[index]);
  return `${one[at]} instead of ${other[at]} at ${at}, ${one.length} and ${other.length} in all`;
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * Holds a scan of a whole page against what the plain path says of it. Throws where they differ; not by `expect`, which costs more
 * than all else here.
 */
export function expectScan(page: Buffer, scan: PageScan, rowLimit: number): void {
  const splitter = lineSplitter(0, rowLimit);
  const raws = splitter.push(page);
  const rows = rowsOf(page, scan);
  same('the rest', scan.rest, splitter.position, page);
  same('the number of rows', rows.length, raws.length, page);
  for (const [index, row] of rows.entries()) {
    const raw = raws[index];
    if (raw) expectRow(page, row, raw);
  }
}

function same(what: string, actual: unknown, expected: unknown, of: Uint8Array | string): void {
  if (!Object.is(actual, expected)) throw new Error(`${what}: ${actual} instead of ${expected}, of ${of}`);
}

function expectRow(page: Buffer, row: ScannedRow, raw: RawRow): void {
  const flag = (name: FlagName) => (row.flags & FLAGS[name]) !== 0;
  const bytes = page.subarray(row.start, row.end);
  const text = bytes.toString();
  const is = (name: FlagName, expected: boolean) => same(name, flag(name), expected, text);
  same('the start', row.start, raw.offset, text);
  same('the next row', row.next, raw.end, text);
  is('FLAG_TOO_LARGE', raw.truncated);
  if (raw.truncated) return;
  same('the bytes', bytes.equals(raw.bytes), true, text);
  const mark = flag('FLAG_BOM') ? 3 : 0;
  is('FLAG_LONG', row.next - row.start + mark > layout.LINE_MOST);
  if (flag('FLAG_LONG')) return;

  const accepted = isAccepted(text);
  if (!isUtf8(bytes)) {
    const isTold = flag('FLAG_NOT_UTF8') || flag('FLAG_TOO_DEEP') || (flag('FLAG_NOT_JSON') && !accepted);
    same('whether it tells of bytes that are not UTF-8', isTold, true, text);
    return;
  }
  is('FLAG_NOT_UTF8', false);
  if (flag('FLAG_TOO_DEEP') && !accepted) return;
  is('FLAG_NOT_JSON', !accepted);
  if (!accepted) return;
  const { depth, values, properties } = scanRow(raw.bytes);
  is('FLAG_TOO_DEEP', depth > layout.DEPTH_MOST);
  if (flag('FLAG_TOO_DEEP')) return;
  is('FLAG_TOO_MANY_VALUES', values > layout.VALUES_MOST && bytes.length > layout.MANY_VALUES_FROM);
  const span = bytes.toString('utf8', properties?.start, properties?.end);
  expectValid(row, { raw, text, span }, is);
}

/** The row as the plain path has it. */
interface Plain {
  readonly raw: RawRow;
  readonly text: string;
  /** What scanRow says that `properties` is. */
  readonly span: string;
}

type FlagName = Extract<keyof typeof layout, `FLAG_${string}`>;
const FLAGS: Readonly<Record<FlagName, number>> = { ...layout };
type Is = (name: FlagName, expected: boolean) => void;

function expectValid(row: ScannedRow, plain: Plain, is: Is): void {
  const { text } = plain;
  const written = readWritten(text);
  const all = objectsIn(written);
  is('FLAG_NOT_OBJECT', written.kind !== 'object');
  const isMany = all.reduce((sum, { members }) => sum + members.length, 0) > layout.KEYS_MOST;
  is('FLAG_MANY_KEYS', isMany);
  if (!isMany) is('FLAG_DUPLICATE_KEY', all.some(hasDuplicates));
  const numbers = numbersIn(written).map(({ start, end }) => text.slice(start, end));
  is('FLAG_INEXACT', numbers.some(isInexact));
  if (written.kind === 'object') expectObject(row, plain, written, is);
}

function expectObject(row: ScannedRow, plain: Plain, written: Written, is: Is): void {
  const { raw, text, span } = plain;
  const parsed = parseRow(raw, 'c/b', raw.bytes.length);
  const isSlow = (row.flags & layout.FLAGS_SLOW) !== 0;
  const member = (name: string) => written.members.findLast(({ key }) => key === name)?.value;
  const category = member('category');
  const properties = member('properties');
  const columns = properties?.kind === 'object' ? properties.members : [];
  const direct = [...written.members, ...columns];
  if ((row.flags & (layout.FLAG_DUPLICATE_KEY | layout.FLAG_MANY_KEYS)) === 0) {
    const isEscaped =
      direct.some(({ key }) => key.includes('\\')) ||
      (category?.kind === 'string' && text.slice(category.start, category.end).includes('\\'));
    is('FLAG_ESCAPED', isEscaped);
    is(
      'FLAG_PROTO_KEY',
      direct.some(({ key }) => key === '__proto__'),
    );
    is(
      'FLAG_PLUMBING',
      columns.some(({ key }) => key.startsWith('__UDI_RequiredFields_')),
    );
    is('FLAG_NO_CATEGORY', category?.kind !== 'string' || category.end - category.start === 2);
    is('FLAG_NO_PROPERTIES', properties?.kind !== 'object');
  }
  if (isSlow) {
    const kept = [row.category, row.properties, row.columns.length, row.envelope.length];
    same('what is kept of a slow row', kept.join(), ',,0,0', text);
    return;
  }
  same('whether it is read as it is', parsed.ok && !parsed.repaired, true, text);
  if (!parsed.ok) return;
  same('the category', row.category, parsed.row.envelope.category, text);
  same('the properties', row.properties, span, text);
  same('the id', eventId(row.category, row.properties), parsed.row.id, text);
  same('the columns', told(row.columns), membersOf(text, columns), text);
  same('the envelope', told(row.envelope), membersOf(text, written.members), text);
}

function told(members: readonly Member[]): string {
  return members.map(({ key, value, kind }) => `${key}:${value} ${kind}`).join('\n');
}

function membersOf(text: string, members: readonly WrittenMember[]): string {
  return members
    .map(({ key, value }) => {
      const given = text.slice(value.start, value.end);
      return `${key}:${given} ${kindOf(value, given)}`;
    })
    .join('\n');
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

/** Whether parseExact keeps a number as it was written. */
function isLost(number: string): boolean {
  const parsed = parseExact(`[${number}]`);
  return Array.isArray(parsed) && parsed[0] instanceof ExactNumber;
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

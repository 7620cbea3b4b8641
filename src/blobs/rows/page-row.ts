/** One row of a scanned page: its place, and its members, which are decoded on first use. */
import { parseExact } from '../../shared/exact-numbers.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { RowBytes } from '../../shared/row-bytes.ts';
import { isName, isText, type KnownName, nameIn, nameOf } from './known-names.ts';
import type { RawRow } from './raw-row.ts';
import { recurringText } from './recurring-texts.ts';
import {
  FLAG_INEXACT,
  FLAG_PLUMBING,
  FLAG_TOO_LARGE,
  FLAGS_SLOW,
  KIND_ARRAY,
  KIND_ASCII,
  KIND_ESCAPED,
  KIND_FALSE,
  KIND_INEXACT,
  KIND_NULL,
  KIND_NUMBER,
  KIND_OBJECT,
  KIND_TRUE,
  KIND_UTF8,
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
  ROW_END,
  ROW_ENVELOPE,
  ROW_FIRST,
  ROW_FLAGS,
  ROW_INTS,
  ROW_NEXT,
  ROW_PROPERTIES_END,
  ROW_PROPERTIES_START,
  ROW_START,
} from './scanner/layout.ts';
import type { PageScan } from './scanner/page-scan.ts';

/** Longer texts of the envelope are not kept for the next row. Characters. */
const SHORT = 64;

/** A page of lines, with the tables of its scan. */
export interface ScannedPage {
  readonly bytes: Buffer;
  /** The logical offset of the page's first byte. */
  readonly offset: number;
  /** {@link GONE} once the memory of the tables serves another page. */
  scan: PageScan;
  /** The page's bytes; made for the first row that needs it. */
  view?: DataView;
}

/** Refuses to be read: a row that is read after its page is gone is a bug, and other rows' bytes must not be sent in its place. */
export const GONE: PageScan = {
  count: 0,
  rest: 0,
  get rows(): never {
    throw new RangeError('the page of this row is gone');
  },
  get members(): never {
    throw new RangeError('the page of this row is gone');
  },
};

/** A row of a scanned page. */
export class PageRow implements RawRow, RowBytes {
  readonly offset: number;
  readonly end: number;
  readonly truncated = false;
  readonly #page: ScannedPage;
  /** The index of the row's integers in the table of rows. */
  readonly #row: number;
  /** The index of its first column in the table of members. */
  readonly #first: number;

  constructor(page: ScannedPage, index: number) {
    this.#page = page;
    this.#row = index * ROW_INTS;
    this.#first = this.#int(ROW_FIRST) * MEMBER_INTS;
    this.offset = page.offset + this.#int(ROW_START);
    this.end = page.offset + this.#int(ROW_NEXT);
  }

  /** Whether the row can be read by its spans. Otherwise it must be parsed by parseRow. */
  get isPlain(): boolean {
    return (this.#int(ROW_FLAGS) & (FLAGS_SLOW | FLAG_PLUMBING)) === 0;
  }

  /** Whether the row contains a number that a double may not hold. */
  get isInexact(): boolean {
    return (this.#int(ROW_FLAGS) & FLAG_INEXACT) !== 0;
  }

  /** Whether the row's line is longer than is kept. */
  get isTooLarge(): boolean {
    return (this.#int(ROW_FLAGS) & FLAG_TOO_LARGE) !== 0;
  }

  get bytes(): Buffer {
    return this.#page.bytes.subarray(this.from, this.to);
  }

  get page(): Buffer {
    return this.#page.bytes;
  }

  get view(): DataView {
    const page = this.#page;
    if (!page.view) {
      const { buffer, byteOffset, length } = page.bytes;
      page.view = new DataView(buffer, byteOffset, length);
    }
    return page.view;
  }

  get from(): number {
    return this.#int(ROW_START);
  }

  get to(): number {
    return this.#int(ROW_END);
  }

  get propertiesFrom(): number {
    return this.#int(ROW_PROPERTIES_START);
  }

  get propertiesTo(): number {
    return this.#int(ROW_PROPERTIES_END);
  }

  get categoryFrom(): number {
    return this.#int(ROW_CATEGORY_START);
  }

  get categoryTo(): number {
    return this.#int(ROW_CATEGORY_END);
  }

  get count(): number {
    return this.#int(ROW_COLUMNS);
  }

  hashes(): Int32Array {
    return Int32Array.from({ length: this.count }, (_, column) => this.#member(column, MEMBER_HASH));
  }

  get hashOfNames(): number {
    const { members } = this.#page.scan;
    let hash = 0;
    let at = this.#first + MEMBER_HASH;
    for (let column = this.count; column > 0; column--, at += MEMBER_INTS) {
      hash = (Math.imul(hash, 31) + (members[at] ?? 0)) | 0;
    }
    return hash;
  }

  hasHashes(hashes: Int32Array): boolean {
    if (hashes.length !== this.count) return false;
    const { members } = this.#page.scan;
    let at = this.#first + MEMBER_HASH;
    for (let column = 0; column < hashes.length; column++, at += MEMBER_INTS) {
      if (members[at] !== hashes[column]) return false;
    }
    return true;
  }

  hasHashOf(name: string): boolean {
    return this.hashes().includes(nameOf(name).hash);
  }

  isNamed(column: number, name: string): boolean {
    return this.#is(column, nameOf(name));
  }

  find(name: string): number {
    const known = nameOf(name);
    const { hint } = known;
    const count = this.#int(ROW_COLUMNS);
    if (hint < count && this.#member(hint, MEMBER_HASH) === known.hash)
      return this.#is(hint, known) ? hint : -1;
    const found = this.#search(known, 0, count);
    if (found >= 0) known.hint = found;
    return found;
  }

  name(column: number): string {
    const from = this.#member(column, MEMBER_KEY_START);
    return nameIn(
      this.#page.bytes,
      from,
      this.#member(column, MEMBER_KEY_END),
      this.#member(column, MEMBER_HASH),
    );
  }

  value(column: number): JsonValue {
    const from = this.#member(column, MEMBER_VALUE_START);
    const to = this.#member(column, MEMBER_VALUE_END);
    return decode(this.#page.bytes, from, to, this.#member(column, MEMBER_KIND));
  }

  textLength(column: number): number {
    const { members } = this.#page.scan;
    const at = this.#first + column * MEMBER_INTS;
    // The first three kinds are strings.
    if ((members[at + MEMBER_KIND] ?? KIND_NULL) > KIND_ESCAPED) return -1;
    return (members[at + MEMBER_VALUE_END] ?? 0) - (members[at + MEMBER_VALUE_START] ?? 0) - 2;
  }

  columnStart(column: number): number {
    return this.#member(column, MEMBER_KEY_START) - 1;
  }

  valueStart(column: number): number {
    return this.#member(column, MEMBER_VALUE_START);
  }

  columnEnd(column: number): number {
    return this.#member(column, MEMBER_VALUE_END);
  }

  envelope(name: string): JsonValue | undefined {
    const count = this.#int(ROW_COLUMNS);
    const known = nameOf(name);
    const found = this.#search(known, count, count + this.#int(ROW_ENVELOPE));
    if (found < 0 || name === 'properties') return undefined;
    const { bytes } = this.#page;
    const from = this.#member(found, MEMBER_VALUE_START) + 1;
    const to = this.#member(found, MEMBER_VALUE_END) - 1;
    // Rows that wait for their batch have the tenant, and mostly the time, in common: one string serves them all.
    if (this.#member(found, MEMBER_KIND) !== KIND_ASCII || to - from > SHORT) return this.value(found);
    if (known.last === undefined || !isText(known.last, bytes, from, to))
      known.last = bytes.toString('latin1', from, to);
    return known.last;
  }

  /** Finds the member of a name among those from `first` to `last`, no two of which have the same hash. */
  #search(known: KnownName, first: number, last: number): number {
    const { members } = this.#page.scan;
    let at = this.#first + first * MEMBER_INTS + MEMBER_HASH;
    for (let member = first; member < last; member++, at += MEMBER_INTS) {
      if (members[at] === known.hash) return this.#is(member, known) ? member : -1;
    }
    return -1;
  }

  #is(member: number, known: KnownName): boolean {
    const from = this.#member(member, MEMBER_KEY_START);
    return isName(known, this.#page.bytes, from, this.#member(member, MEMBER_KEY_END));
  }

  #int(which: number): number {
    return this.#page.scan.rows[this.#row + which] ?? 0;
  }

  #member(member: number, which: number): number {
    return this.#page.scan.members[this.#first + member * MEMBER_INTS + which] ?? 0;
  }
}

function decode(page: Buffer, from: number, to: number, kind: number): JsonValue {
  switch (kind) {
    case KIND_ASCII:
      return recurringText(page, from + 1, to - 1);
    case KIND_UTF8:
      return page.toString('utf8', from + 1, to - 1);
    case KIND_TRUE:
      return true;
    case KIND_FALSE:
      return false;
    case KIND_NULL:
      return null;
    case KIND_NUMBER:
      return wholeNumber(page, from, to) ?? Number(page.toString('latin1', from, to));
    case KIND_ESCAPED:
      return JSON.parse(page.toString('utf8', from, to));
    case KIND_INEXACT: {
      const [value] = parseExact(`[${page.toString('latin1', from, to)}]`) as readonly [JsonValue];
      return value;
    }
    case KIND_OBJECT:
    case KIND_ARRAY:
      return parseExact(page.toString('utf8', from, to));
    default:
      throw new RangeError(`no such kind of value: ${kind}`);
  }
}

const [ZERO, MOST_DIGITS] = [0x30, 15];

/** A number of few digits and nothing else: most are ids, ports and sizes, and a text of them would cost more than they do. */
function wholeNumber(page: Buffer, from: number, to: number): number | undefined {
  if (to - from > MOST_DIGITS) return undefined;
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = (page[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

/** The type of a row that stays bytes, from which rules and destinations read parts without parsing the whole row. */
import type { JsonValue } from './json.ts';

/**
 * A row whose members were found and checked, but not parsed. A column is identified by its number, in the order of the row. No two
 * columns have the same name, and no name contains an escape.
 *
 * It is valid only as long as its page, and keeps the page in memory, so nothing that outlives the page may refer to it.
 */
export interface RowBytes {
  readonly page: Uint8Array;
  /** The same bytes, for those who read several at once. */
  readonly view: DataView;
  /** With `to`, the range of the row in the page, without its line end. */
  readonly from: number;
  readonly to: number;
  /** With `propertiesTo`, the range of the object `properties`, braces included. */
  readonly propertiesFrom: number;
  readonly propertiesTo: number;
  /** The number of columns in `properties`. */
  readonly count: number;
  /** The hashes of the columns' names in their order. Different names may have equal hashes, but no two columns of a row. */
  hashes(): Int32Array;
  /** One hash of those, as a 32-bit integer: equal where `hashes` are, and nearly never where they are not. */
  readonly hashOfNames: number;
  hasHashes(hashes: Int32Array): boolean;
  /** Whether a column's name has the same hash as `name`. */
  hasHashOf(name: string): boolean;
  /** Whether a column has this name. */
  isNamed(column: number, name: string): boolean;
  /** The number of the column with this name; -1 if there is none. */
  find(name: string): number;
  name(column: number): string;
  value(column: number): JsonValue;
  /** How many bytes stand between the quotes of the value if it is a string, otherwise -1. Its text has at most so many UTF-16 units. */
  textLength(column: number): number;
  /** The position at which a column begins: the quote before its name. */
  columnStart(column: number): number;
  valueStart(column: number): number;
  columnEnd(column: number): number;
  /** A member of the row itself other than `properties`; undefined if there is none of that name. */
  envelope(name: string): JsonValue | undefined;
}

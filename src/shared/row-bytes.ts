/** A row as it lies in the bytes that were read: what rules and destinations read of it without parsing it whole. Types only. */
import type { JsonValue } from './json.ts';

/**
 * A row whose members were found and checked, but not parsed. A column is known by its number, in the order of the row. No two
 * columns have one name, and none has a name with an escape.
 *
 * It is valid as long as its page, which it keeps in memory: nothing that outlives the page may hold it.
 */
export interface RowBytes {
  readonly page: Uint8Array;
  /** Where the row begins and ends in the page, without its line end. */
  readonly from: number;
  readonly to: number;
  /** Where the object `properties` begins and ends, its braces included. */
  readonly propertiesFrom: number;
  readonly propertiesTo: number;
  /** How many columns `properties` has. */
  readonly count: number;
  /** The hashes of the columns' names in their order. Different names may have the same, but no two columns of a row. */
  hashes(): Int32Array;
  hasHashes(hashes: Int32Array): boolean;
  /** Whether a column's name has the hash of this one. */
  hasHashOf(name: string): boolean;
  /** Whether this is the name of a column. */
  isNamed(column: number, name: string): boolean;
  /** The number of the column with this name; -1 where there is none. */
  find(name: string): number;
  name(column: number): string;
  value(column: number): JsonValue;
  /** Where a column begins: the quote before its name. */
  columnStart(column: number): number;
  valueStart(column: number): number;
  columnEnd(column: number): number;
  /** A member of the row itself other than `properties`; undefined where there is none of that name. */
  envelope(name: string): JsonValue | undefined;
}

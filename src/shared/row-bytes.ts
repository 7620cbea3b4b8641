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

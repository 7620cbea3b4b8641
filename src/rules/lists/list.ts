/** The types of lists: what a list compares, and what rules and steps ask of it. */
import type { JsonValue } from '../../shared/json.ts';
import type { AddressDatabase } from './database.ts';

/** What the keys of a list are, which decides how a value of a row is compared with them. */
export const LIST_TYPES = ['text', 'network', 'domain', 'hash'] as const;
export type ListType = (typeof LIST_TYPES)[number];

/** The type of a list that is a database of addresses: a file `NAME.mmdb`. Nobody declares it. */
export const DATABASE = 'database';

/** The list of devices, which fills itself from DeviceInfo while the relay runs. No file may have its name. */
export const DEVICES = 'devices';

/** A compiled list. Immutable, except for {@link DEVICES}. */
export interface List {
  readonly name: string;
  readonly type: ListType | typeof DATABASE;
  /** The number of its entries. */
  readonly size: number;
  /** The names of the columns beside the key. */
  readonly columns: readonly string[];
  /** The position of the entry that a value of a row matches, the most specific one where several do; -1 if none does. */
  find(text: string): number;
  /** What an entry holds in a column; undefined if it holds nothing there. */
  valueAt(entry: number, column: string): JsonValue | undefined;
  /** Present if the list is a database, which only the step `geo` reads. */
  readonly database?: AddressDatabase | undefined;
  /** The keys as the file has them, for modifiers that compare each of them. Empty for {@link DEVICES} and databases. */
  keys(): Iterable<string>;
}

/** The lists that rules may name, with those that they do name. */
export class UsedLists extends Map<string, List> {
  readonly used = new Set<string>();

  override get(name: string): List | undefined {
    const list = super.get(name);
    if (list) this.used.add(name);
    return list;
  }
}

/** The lists of a set of rule files, by name. */
export type ListSet = ReadonlyMap<string, List>;

/** The type of a lookup's index: a function from a value of a row to the position of an entry, -1 for none. */
export type Index = (text: string) => number;

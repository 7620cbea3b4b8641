/** Changes that go by the names of columns alone: what they do to one row they do to all rows with the same columns. */
import type { JsonValue } from './json.ts';
import type { RowBytes } from './row-bytes.ts';

/** What became of one column of the row: a new name, a new value, or it is gone. */
export interface Edit {
  readonly name: string | undefined;
  readonly value: JsonValue | undefined;
  readonly isGone: boolean;
}

/** A column that has another name now. */
export interface Renamed {
  readonly name: string;
  readonly column: number;
}

/** Changes to the columns of a row. */
export interface Changes {
  /** By column; undefined where nothing was changed. */
  readonly edits: readonly (Edit | undefined)[] | undefined;
  readonly renamed: readonly Renamed[];
}

interface Plan extends Changes {
  /** The hashes of the columns' names, in their order. */
  readonly hashes: Int32Array;
  /** Where the names lie that the change is about. */
  readonly columns: readonly Renamed[];
}

/** A table has few orders of columns. Where there are more, somebody makes them up. */
const MOST = 16;

/** The changes that one step makes, for each order of columns that it has met. */
export class NamePlans {
  readonly #names: readonly string[];
  /** The one that was used last comes first. */
  #plans: readonly Plan[] = [];

  /** @param names all that the change goes by. Columns with other names are all the same to it. */
  constructor(names: Iterable<string>) {
    this.#names = [...new Set(names)];
  }

  /**
   * What was kept for a row with the same columns. A name that the row lacks has a hash that no column has; of those it has, the bytes are
   * compared: hashes can be made to be equal.
   */
  of(bytes: RowBytes): Changes | undefined {
    const plan = this.#plans.find(({ hashes }) => bytes.hasHashes(hashes));
    if (!plan) return undefined;
    if (plan !== this.#plans[0]) this.#plans = [plan, ...this.#plans.filter((other) => other !== plan)];
    for (const { column, name } of plan.columns) if (!bytes.isNamed(column, name)) return undefined;
    return plan;
  }

  /** Keeps what became of a row. */
  keep(bytes: RowBytes, changes: Changes): void {
    const columns: Renamed[] = [];
    for (const name of this.#names) {
      const column = bytes.find(name);
      if (column >= 0) columns.push({ name, column });
      else if (bytes.hasHashOf(name)) return;
    }
    const others = this.#plans.filter(({ hashes }) => !bytes.hasHashes(hashes));
    this.#plans = [{ ...changes, hashes: bytes.hashes(), columns }, ...others.slice(0, MOST - 1)];
  }
}

/** New names for columns, prepared once for all rows. */
export class Renames {
  readonly map: ReadonlyMap<string, string>;
  readonly list: readonly { readonly from: string; readonly to: Edit & { readonly name: string } }[];
  readonly plans: NamePlans;

  constructor(map: ReadonlyMap<string, string>) {
    this.map = map;
    this.list = [...map]
      .filter(([from, to]) => from !== to)
      .map(([from, name]) => ({ from, to: { name, value: undefined, isGone: false } }));
    this.plans = new NamePlans([...map].flat());
  }
}

/** Names of columns that stay or go, prepared once for all rows. */
export class ColumnNames {
  readonly set: ReadonlySet<string>;
  readonly plans: NamePlans;

  constructor(set: ReadonlySet<string>) {
    this.set = set;
    this.plans = new NamePlans(set);
  }
}

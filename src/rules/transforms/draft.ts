/** The columns of a row while the steps of `transform` change them, parsed or as bytes. */
import { EditedColumns, type Renames } from '../../shared/edited-columns.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import type { RowBytes } from '../../shared/row-bytes.ts';
import { Work } from '../work.ts';

type Columns = Record<string, JsonValue>;

/** A row's columns while steps change them. The row itself stays unchanged. */
export interface Draft {
  /** The work that the steps may still spend. */
  readonly work: Work;
  has(name: string): boolean;
  get(name: string): JsonValue | undefined;
  set(name: string, value: JsonValue): void;
  /** Renames columns, all at once. A renamed column replaces a column that already has the new name. */
  rename(names: Renames): void;
  remove(names: Iterable<string>): void;
  /** Removes the columns for which `isKept` returns false. */
  filter(isKept: (name: string, value: () => JsonValue) => boolean): void;
}

/** A draft of parsed columns, which copies them at the first change. */
export class ObjectDraft implements Draft {
  readonly work: Work;
  #columns: JsonObject;
  #own: Columns | undefined;

  constructor(row: JsonObject, work = new Work()) {
    this.work = work;
    this.#columns = row;
  }

  /** The current columns; the row's own object if nothing has changed yet. Do not use the draft after reading them. */
  get columns(): JsonObject {
    return this.#columns;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#columns, name);
  }

  get(name: string): JsonValue | undefined {
    return Object.hasOwn(this.#columns, name) ? this.#columns[name] : undefined;
  }

  set(name: string, value: JsonValue): void {
    if (this.has(name) && this.#columns[name] === value) return;
    if (this.#own === undefined) {
      this.#own = { ...this.#columns };
      this.#columns = this.#own;
    }
    put(this.#own, name, value);
  }

  rename({ map: names }: Renames): void {
    const taken = new Set<string>();
    for (const [from, to] of names) if (this.has(from)) taken.add(to);
    this.#rebuild((name) => names.get(name) ?? (taken.has(name) ? undefined : name));
  }

  remove(names: Iterable<string>): void {
    const gone = new Set(names);
    this.#rebuild((name) => (gone.has(name) ? undefined : name));
  }

  filter(isKept: (name: string, value: () => JsonValue) => boolean): void {
    this.#rebuild((name, value) => (isKept(name, () => value) ? name : undefined));
  }

  /** Rebuilds the columns in their order: `rename` returns each column's name, or undefined to leave the column out. */
  #rebuild(rename: (name: string, value: JsonValue) => string | undefined): void {
    const columns: Columns = {};
    let changed = false;
    for (const name of Object.keys(this.#columns)) {
      const value = this.#columns[name] as JsonValue;
      const next = rename(name, value);
      if (next !== name) changed = true;
      if (next !== undefined) put(columns, next, value);
    }
    if (!changed) return;
    this.#own = columns;
    this.#columns = columns;
  }
}

/** A draft of columns that stay bytes; the changes are recorded beside the bytes. */
export class ByteDraft extends EditedColumns implements Draft {
  readonly work: Work;

  constructor(bytes: RowBytes, work: Work) {
    super(bytes);
    this.work = work;
  }
}

/** Adds a column, also one called `__proto__`: a plain assignment to that name would change the prototype instead. */
function put(columns: Columns, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(columns, name, { value, writable: true, enumerable: true, configurable: true });
  } else columns[name] = value;
}

/** The columns of a row while the steps of `transform` change them, parsed or as bytes. */
import { EditedColumns } from '../../shared/edited-columns.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import type { ColumnNames, Renames } from '../../shared/name-plans.ts';
import type { RowBytes } from '../../shared/row-bytes.ts';
import { Work } from '../work.ts';

type Columns = Record<string, JsonValue>;

/** A row's columns while steps change them. The row itself stays unchanged. */
export interface Draft {
  /** The work that the steps may still spend. */
  readonly work: Work;
  /** A step begins: what it cuts is reported under its verb. */
  begin(verb: string): void;
  has(name: string): boolean;
  get(name: string): JsonValue | undefined;
  set(name: string, value: JsonValue): void;
  /** Renames columns, all at once. A renamed column replaces a column that already has the new name. */
  rename(names: Renames): void;
  remove(names: ColumnNames): void;
  /** Removes all other columns. */
  keep(names: ColumnNames): void;
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

  begin(verb: string): void {
    this.work.subject = verb;
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

  remove({ set }: ColumnNames): void {
    this.#rebuild((name) => (set.has(name) ? undefined : name));
  }

  keep({ set }: ColumnNames): void {
    this.#rebuild((name) => (set.has(name) ? name : undefined));
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
  #work: Work | undefined;
  #verb = '';

  /** @param work what the row has left; absent where nothing has been spent. */
  constructor(bytes: RowBytes, work?: Work) {
    super(bytes);
    this.#work = work;
  }

  get work(): Work {
    if (this.#work === undefined) {
      this.#work = new Work();
      this.#work.subject = this.#verb;
    }
    return this.#work;
  }

  /** Undefined where no step has asked for it. */
  get workDone(): Work | undefined {
    return this.#work;
  }

  begin(verb: string): void {
    this.#verb = verb;
    if (this.#work) this.#work.subject = verb;
  }
}

/** Adds a column, also one called `__proto__`: a plain assignment to that name would change the prototype instead. */
function put(columns: Columns, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(columns, name, { value, writable: true, enumerable: true, configurable: true });
  } else columns[name] = value;
}

/** A row while steps change it. */
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { Work } from '../work.ts';

type Columns = Record<string, JsonValue>;

/** A row's columns while the steps of `transform` work on them: copied at the first change, so the row stays as it was. */
export class Draft {
  /** What the steps may still cost. */
  readonly work: Work;
  #columns: JsonObject;
  #own: Columns | undefined;

  constructor(row: JsonObject, work = new Work()) {
    this.work = work;
    this.#columns = row;
  }

  /** The columns as they are now: the row's own object while nothing has changed. Not to be used further on. */
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

  /** Writes the columns anew, in order: `rename` gives each its name, or undefined to leave it out. */
  rebuild(rename: (name: string, value: JsonValue) => string | undefined): void {
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

/** An assignment to `__proto__` would change the prototype instead of adding a column. */
function put(columns: Columns, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(columns, name, { value, writable: true, enumerable: true, configurable: true });
  } else columns[name] = value;
}

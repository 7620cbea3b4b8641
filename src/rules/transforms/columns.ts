/** Tracks which columns a table has before each step of `transform`: the schema's columns, changed by the steps before. */
import { nearest } from '../../diagnostics/nearest.ts';
import type { KustoType, TableSchema } from '../schema/index.ts';

/** The columns that a row can have at one point of `transform`, according to the schema and the steps before. */
export class KnownColumns {
  /** Undefined for an unknown table. */
  readonly table: string | undefined;
  readonly #columns: Map<string, KustoType | undefined>;
  readonly #dropped = new Map<string, string>();
  #added: string[] = [];
  #closed: boolean;

  /** @param schema undefined for an unknown table: then a row may have any column. */
  constructor(schema: TableSchema | undefined, table = schema?.table) {
    this.table = table;
    this.#columns = new Map(schema?.columns);
    this.#closed = schema !== undefined;
  }

  /** A copy, which further steps change without an effect on this one. */
  copy(): KnownColumns {
    const copy = new KnownColumns(undefined, this.table);
    for (const [name, type] of this.#columns) copy.#columns.set(name, type);
    for (const [name, verb] of this.#dropped) copy.#dropped.set(name, verb);
    copy.#closed = this.#closed;
    return copy;
  }

  /** Whether every possible column is known. */
  get closed(): boolean {
    return this.#closed;
  }

  has(name: string): boolean {
    return this.#columns.has(name) || (!this.#closed && !this.#dropped.has(name));
  }

  /** A column's Kusto type; undefined if it is unknown. */
  type(name: string): KustoType | undefined {
    return this.#columns.get(name);
  }

  names(): string[] {
    return [...this.#columns.keys()];
  }

  /** The verb that removed a column; undefined if none did. */
  droppedBy(name: string): string | undefined {
    return this.#dropped.get(name);
  }

  nearest(name: string): string[] {
    return nearest(name, this.#columns.keys());
  }

  add(name: string, type?: KustoType): void {
    this.#added.push(name);
    this.#columns.set(name, type);
    this.#dropped.delete(name);
  }

  /** The columns that were added, or got another value, since this was asked last. */
  takeAdded(): readonly string[] {
    const added = this.#added;
    this.#added = [];
    return added;
  }

  drop(name: string, verb: string): void {
    this.#columns.delete(name);
    this.#dropped.set(name, verb);
  }

  /** From here on a row may have columns of any name, because a step creates columns from a row's content. */
  open(): void {
    this.#closed = false;
  }
}

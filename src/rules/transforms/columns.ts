/** The columns that a table has at a step: those of its schema, and what the steps before made of them. */
import { nearest } from '../../diagnostics/nearest.ts';
import type { KustoType, TableSchema } from '../schema/index.ts';

/** Which columns a row has at one point of `transform`, as far as the schema and the steps before tell. */
export class KnownColumns {
  /** Undefined where the table is not known. */
  readonly table: string | undefined;
  readonly #columns: Map<string, KustoType | undefined>;
  readonly #dropped = new Map<string, string>();
  #closed: boolean;

  /** Without a schema any column may be there. */
  constructor(schema: TableSchema | undefined) {
    this.table = schema?.table;
    this.#columns = new Map(schema?.columns);
    this.#closed = schema !== undefined;
  }

  /** Whether every possible column is known. */
  get closed(): boolean {
    return this.#closed;
  }

  has(name: string): boolean {
    return this.#columns.has(name) || (!this.#closed && !this.#dropped.has(name));
  }

  /** The Kusto type; undefined where it is not known. */
  type(name: string): KustoType | undefined {
    return this.#columns.get(name);
  }

  names(): string[] {
    return [...this.#columns.keys()];
  }

  /** Which verb took a column away, where one did. */
  droppedBy(name: string): string | undefined {
    return this.#dropped.get(name);
  }

  nearest(name: string): string[] {
    return nearest(name, this.#columns.keys());
  }

  add(name: string, type?: KustoType): void {
    this.#columns.set(name, type);
    this.#dropped.delete(name);
  }

  drop(name: string, verb: string): void {
    this.#columns.delete(name);
    this.#dropped.set(name, verb);
  }

  /** From here on columns may be there that nothing names. */
  open(): void {
    this.#closed = false;
  }
}

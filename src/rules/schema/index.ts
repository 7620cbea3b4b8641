/** The Advanced Hunting tables that Defender streams, with their columns and types. */
import { nearest } from '../../diagnostics/nearest.ts';
import { SEEN } from './seen.ts';
import { TABLES } from './tables.ts';
import { type ColumnLookup, columnType, type KustoType } from './types.ts';

export { type ActionTypes, actionTypesOf, misspeltActionType, tablesWithActionType } from './action-types.ts';
export {
  type ColumnLookup,
  type ColumnType,
  columnType,
  KUSTO_TYPES,
  type KustoType,
  typesConflict,
} from './types.ts';

/** A table's columns by name, in the order of Microsoft's reference. */
export interface TableSchema {
  readonly table: string;
  readonly columns: ReadonlyMap<string, KustoType>;
}

/** A set of known tables: the shipped ones, perhaps with what a tenant's own files add. Immutable. */
export interface Schema {
  /** The tables' names, spelt as Microsoft, or the first file that names the table, spells them. */
  readonly tableNames: readonly string[];
  /** A table's schema; the letter case of the name does not matter. Undefined for an unknown table. */
  find(table: string): TableSchema | undefined;
}

/** The shipped schema: Microsoft's reference, and columns that were seen in tenants. */
export const shippedSchema: Schema = withTables(withTables(schemaOf(new Map()), tablesIn(TABLES)), [
  ...SEEN.flatMap(({ tables }) => tablesIn(tables)),
]);

/** The names of all shipped tables, as Microsoft writes them. */
export const tableNames: readonly string[] = shippedSchema.tableNames;

/** A shipped table's schema; the letter case of the name does not matter. Undefined for an unknown table. */
export function findTable(table: string): TableSchema | undefined {
  return shippedSchema.find(table);
}

/** Returns a schema with tables and columns added. If both have a column, the added type wins. */
export function withTables(base: Schema, added: readonly TableSchema[]): Schema {
  if (added.length === 0) return base;
  const tables = new Map(base.tableNames.map((name) => [name.toLowerCase(), base.find(name)]));
  for (const one of added) {
    const key = one.table.toLowerCase();
    const before = tables.get(key);
    tables.set(key, before ? withColumns(before, one.columns) : one);
  }
  return schemaOf(tables);
}

/** Returns a table's schema with columns added, or with another type. */
export function withColumns(schema: TableSchema, extra: ReadonlyMap<string, KustoType>): TableSchema {
  if (extra.size === 0) return schema;
  return { table: schema.table, columns: new Map([...schema.columns, ...extra]) };
}

/** A table's schema in the form that the compilers of conditions use. */
export function columnLookup({ table, columns }: TableSchema): ColumnLookup {
  // Many rules ask for the same columns that the table does not have.
  const near = new Map<string, readonly string[]>();
  return {
    table,
    column(name) {
      const type = columns.get(name);
      return type === undefined ? undefined : { type: columnType(type) };
    },
    nearest(name) {
      const known = near.get(name) ?? nearest(name, columns.keys());
      near.set(name, known);
      return known;
    },
  };
}

/** @param tables by name in lower case. */
function schemaOf(tables: ReadonlyMap<string, TableSchema | undefined>): Schema {
  return {
    tableNames: [...tables.values()].flatMap((one) => one?.table ?? []),
    find: (table) => tables.get(table.toLowerCase()),
  };
}

function tablesIn(tables: Readonly<Record<string, Readonly<Record<string, KustoType>>>>): TableSchema[] {
  return Object.entries(tables).map(([table, columns]) => ({
    table,
    columns: new Map(Object.entries(columns)),
  }));
}

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

/** All tables that are known: those that are shipped, or those and what a tenant's own files add. Immutable. */
export interface Schema {
  /** As Microsoft, or the first file that names the table, writes them. */
  readonly tableNames: readonly string[];
  /** A table's schema; its name's letter case does not count. Undefined for a table that is not known. */
  find(table: string): TableSchema | undefined;
}

/** What is shipped: Microsoft's reference, and what was seen beside it. */
export const shippedSchema: Schema = withTables(withTables(schemaOf(new Map()), tablesIn(TABLES)), [
  ...SEEN.flatMap(({ tables }) => tablesIn(tables)),
]);

/** The names of all shipped tables, as Microsoft writes them. */
export const tableNames: readonly string[] = shippedSchema.tableNames;

/** A shipped table's schema; its name's letter case does not count. Undefined for a table that is not known. */
export function findTable(table: string): TableSchema | undefined {
  return shippedSchema.find(table);
}

/** A schema with tables and columns added. Where both have a column, the added type counts. */
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

/** Adds columns to a table, or gives them another type. */
export function withColumns(schema: TableSchema, extra: ReadonlyMap<string, KustoType>): TableSchema {
  if (extra.size === 0) return schema;
  return { table: schema.table, columns: new Map([...schema.columns, ...extra]) };
}

/** A schema as the condition language asks for it. */
export function columnLookup({ table, columns }: TableSchema): ColumnLookup {
  return {
    table,
    column(name) {
      const type = columns.get(name);
      return type === undefined ? undefined : { type: columnType(type) };
    },
    nearest: (name) => nearest(name, columns.keys()),
  };
}

/** `tables` by name in lower case. */
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

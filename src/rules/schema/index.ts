/** The Advanced Hunting tables that Defender streams, with their columns and types. */
import { nearest } from '../../diagnostics/nearest.ts';
import { TABLES } from './tables.ts';
import { type ColumnLookup, columnType, type KustoType } from './types.ts';

export { type ActionTypes, actionTypesOf, tablesWithActionType } from './action-types.ts';
export { type ColumnLookup, type ColumnType, KUSTO_TYPES, type KustoType } from './types.ts';

/** A table's columns by name, in the order of Microsoft's reference. */
export interface TableSchema {
  readonly table: string;
  readonly columns: ReadonlyMap<string, KustoType>;
}

const known: ReadonlyMap<string, TableSchema> = new Map(
  Object.entries(TABLES).map(([table, columns]) => [
    table.toLowerCase(),
    { table, columns: new Map(Object.entries(columns)) },
  ]),
);

/** The names of all known tables, as Microsoft writes them. */
export const tableNames: readonly string[] = Object.keys(TABLES);

/** A table's schema; its name's letter case does not count. Undefined for a table that is not known. */
export function findTable(table: string): TableSchema | undefined {
  return known.get(table.toLowerCase());
}

/** Adds columns that the reference does not list. */
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

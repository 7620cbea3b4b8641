/** The columns and fields that may be named at a place: of a table, of a log source, of the rules that an exception names. */
import { type KustoType, shippedSchema } from '../schema/index.ts';
import { defaultMappings, type Logsource, type LogsourceMapping, nativeMappings } from '../sigma/index.ts';
import { findMapping } from '../sigma/mappings/logsource.ts';
import { namesOfMapping } from './build-model.ts';
import type { FolderModel, ModelMapping } from './model.ts';

/** A column of a table. */
export interface KnownColumn {
  readonly table: string;
  readonly name: string;
  readonly type: KustoType;
}

/** A field of a log source that has another name than its columns. */
export interface KnownField {
  readonly name: string;
  readonly table: string;
  /** The columns that hold it. */
  readonly columns: readonly string[];
}

/** What may be named at a place. */
export interface Fields {
  readonly tables: readonly string[];
  readonly fields: readonly KnownField[];
  readonly columns: readonly KnownColumn[];
}

export const NO_FIELDS: Fields = { tables: [], fields: [], columns: [] };

/** The names of all known tables. */
export function tableNamesOf({ tables }: FolderModel): readonly string[] {
  return [...new Set([...shippedSchema.tableNames, ...tables.map(({ table }) => table)])];
}

/** The columns of a table; none of an unknown one. */
export function columnsOf(table: string, { tables }: FolderModel): readonly KnownColumn[] {
  const own = tables.find((one) => one.table.toLowerCase() === table.toLowerCase());
  if (own) return Object.entries(own.columns).map(([name, type]) => ({ table: own.table, name, type }));
  const known = shippedSchema.find(table);
  return known ? [...known.columns].map(([name, type]) => ({ table: known.table, name, type })) : [];
}

export function fieldsOfTables(tables: readonly string[], model: FolderModel): Fields {
  return { tables, fields: [], columns: tables.flatMap((table) => columnsOf(table, model)) };
}

const SHIPPED = new Map(defaultMappings.map((mapping) => [mapping, namesOfMapping(mapping)]));

/** What rules of a log source may name. Without a known log source, the columns of no table. */
export function fieldsOfLogsource(logsource: Logsource, model: FolderModel): Fields {
  const own = new Map(model.mappings.map((one) => [sourceOnly(one), one] as const));
  const native = nativeMappings(tableNamesOf(model));
  const found = findMapping(logsource, [...SHIPPED.keys(), ...native, ...own.keys()]);
  if (!found) return NO_FIELDS;
  const { tables }: ModelMapping = own.get(found) ?? SHIPPED.get(found) ?? namesOfMapping(found);
  return {
    tables: [...new Set(tables.map(({ table }) => table))],
    fields: tables.flatMap(({ table, fields }) =>
      Object.entries(fields)
        .filter(([, columns]) => columns.length > 0)
        .map(([name, columns]) => ({ name, table, columns })),
    ),
    columns: tables.flatMap(({ table }) => columnsOf(table, model)),
  };
}

/** The categories, products or services that log sources of the shipped and the folder's own mappings have. */
export function logsourceNames(key: keyof Logsource, { mappings }: FolderModel): readonly string[] {
  const named = [...defaultMappings, ...mappings].flatMap(({ logsource }) => logsource[key] ?? []);
  const more = key === 'product' ? ['windows', 'linux', 'macos', 'm365defender'] : [];
  return [...new Set([...more, ...named])].toSorted();
}

function sourceOnly({ logsource }: ModelMapping): LogsourceMapping {
  return { logsource, tables: [] };
}

/** What has one name in several tables. */
export function grouped<T extends KnownColumn | KnownField>(
  list: readonly T[],
): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const one of list) {
    const group = groups.get(one.name);
    if (group) group.push(one);
    else groups.set(one.name, [one]);
  }
  return [...groups.values()];
}

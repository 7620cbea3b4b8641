/** The types of columns, and the interface through which compilers look up a table's columns. */

/** The few types that comparisons distinguish. `object` is Kusto's `dynamic`, arrays included. */
export type ColumnType = 'string' | 'number' | 'boolean' | 'datetime' | 'object';

/** The columns of a table, as compilers look them up. */
export interface ColumnLookup {
  /** The table's name, for messages. */
  readonly table?: string;
  /** A column by its exact name, as in Kusto: `filename` is not `FileName`. */
  column(name: string): { readonly type: ColumnType } | undefined;
  /** The columns with the most similar names, best first, for "did you mean". */
  nearest(name: string): readonly string[];
}

/** Kusto's scalar types, as the Advanced Hunting reference names them. */
export const KUSTO_TYPES = ['bool', 'datetime', 'dynamic', 'guid', 'int', 'long', 'real', 'string'] as const;
export type KustoType = (typeof KUSTO_TYPES)[number];

const COLUMN_TYPES: Readonly<Record<KustoType, ColumnType>> = {
  bool: 'boolean',
  datetime: 'datetime',
  dynamic: 'object',
  guid: 'string',
  int: 'number',
  long: 'number',
  real: 'number',
  string: 'string',
};

/** The type that comparisons use for a Kusto type. */
export function columnType(type: KustoType): ColumnType {
  return COLUMN_TYPES[type];
}

/**
 * Whether no value can have both types, such as string and number. Strings, GUIDs and times are all JSON strings, so they do not
 * conflict; nor does dynamic, which can hold any value.
 */
export function typesConflict(a: KustoType, b: KustoType): boolean {
  const [one, other] = [jsonType(a), jsonType(b)];
  return one !== other && one !== 'object' && other !== 'object';
}

function jsonType(type: KustoType): ColumnType {
  const column = columnType(type);
  return column === 'datetime' ? 'string' : column;
}

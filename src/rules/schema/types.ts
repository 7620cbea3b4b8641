/** The types of columns, and what asks for a table's columns. */

/** What Advanced Hunting's types come down to when a value is compared. `object` is Kusto's `dynamic`, arrays included. */
export type ColumnType = 'string' | 'number' | 'boolean' | 'datetime' | 'object';

/** A table's columns, as compilers ask for them. */
export interface ColumnLookup {
  /** Named in messages. */
  readonly table?: string;
  /** Names are exact, as in Kusto: `filename` is not `FileName`. */
  column(name: string): { readonly type: ColumnType } | undefined;
  /** The columns whose names come nearest, best first, for "did you mean". */
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

/** What a Kusto type comes down to when values are compared. */
export function columnType(type: KustoType): ColumnType {
  return COLUMN_TYPES[type];
}

/**
 * Whether no value can be of both types: a string is no number. Strings, identifiers and times are all strings of JSON; a dynamic
 * column may hold any value.
 */
export function typesConflict(a: KustoType, b: KustoType): boolean {
  const [one, other] = [jsonType(a), jsonType(b)];
  return one !== other && one !== 'object' && other !== 'object';
}

function jsonType(type: KustoType): ColumnType {
  const column = columnType(type);
  return column === 'datetime' ? 'string' : column;
}

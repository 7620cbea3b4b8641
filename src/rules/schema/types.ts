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

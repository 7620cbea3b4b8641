import type { ColumnType } from '../sigma/index.ts';

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

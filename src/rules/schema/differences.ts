/** Compares schemas: the columns that are new or of another type. */
import { columnType, type KustoType, type Schema, type TableSchema } from './index.ts';

/** A column that only one of two schemas has, or that has different types in them. */
export interface ColumnDifference {
  readonly column: string;
  /** The type in the compared tables; undefined if only the known schema has the column. */
  readonly type: KustoType | undefined;
  /** The type in the known schema; undefined if it lacks the column. */
  readonly known: KustoType | undefined;
}

export interface TableDifference {
  /** The table's name, spelt as in the known schema if that has the table. */
  readonly table: string;
  readonly isNew: boolean;
  readonly columns: readonly ColumnDifference[];
}

/**
 * The differences between tables and the known schema. Types that rules compare alike are no difference: int and long, string and
 * guid; nor is a column that the portal calls dynamic and the stream writes as a string of JSON.
 *
 * @param withMissing whether to include the columns that `tables` lack.
 */
export function differences(
  tables: readonly TableSchema[],
  known: Schema,
  { withMissing }: { readonly withMissing: boolean },
): readonly TableDifference[] {
  return tables.flatMap(({ table, columns }): TableDifference[] => {
    const before = known.find(table);
    const own = [...columns].flatMap(([column, type]): ColumnDifference[] => {
      const other = before?.columns.get(column);
      return other !== undefined && isAlike(other, type) ? [] : [{ column, type, known: other }];
    });
    const missing = [...(withMissing && before ? before.columns : [])].flatMap(
      ([column, type]): ColumnDifference[] =>
        columns.has(column) ? [] : [{ column, type: undefined, known: type }],
    );
    const found = [...own, ...missing];
    const isNew = before === undefined;
    return found.length === 0 && !isNew ? [] : [{ table: before?.table ?? table, isNew, columns: found }];
  });
}

/** Whether rules treat values of both types alike. */
export function isAlike(known: KustoType, type: KustoType): boolean {
  return columnType(known) === columnType(type) || (known === 'string' && type === 'dynamic');
}

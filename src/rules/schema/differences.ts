/** What one schema has that another does not. */
import { columnType, type KustoType, type Schema, type TableSchema } from './index.ts';

/** A column that two schemas do not have alike. */
export interface ColumnDifference {
  readonly column: string;
  /** Undefined where only the other schema has the column. */
  readonly type: KustoType | undefined;
  /** Undefined where the schema that is known lacks it. */
  readonly known: KustoType | undefined;
}

export interface TableDifference {
  /** As the known schema writes it, where that has it. */
  readonly table: string;
  readonly isNew: boolean;
  readonly columns: readonly ColumnDifference[];
}

/**
 * How tables differ from the schema that is known. Types that compare alike are no difference: int and long, string and guid; nor
 * is what the portal calls dynamic and the stream writes as a string of JSON.
 *
 * @param withMissing name what `tables` lack, too.
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

/** Whether rules see no difference between the type that is known and another. */
export function isAlike(known: KustoType, type: KustoType): boolean {
  return columnType(known) === columnType(type) || (known === 'string' && type === 'dynamic');
}

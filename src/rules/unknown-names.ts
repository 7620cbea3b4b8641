/** What is said of names of tables and columns that are not known: the same in every rule file. */
import type { Mistake } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/nearest.ts';
import { tableNames } from './schema/index.ts';

/** `written` is the name as the file has it. */
export function unknownTable(written: string): Mistake {
  return {
    code: 'unknown-table',
    message: `no table "${written}" is known`,
    hint: didYouMean(written, tableNames) ?? 'if it is new, its columns are taken as they come',
  };
}

/** `table` is undefined where the rows of any may come. */
export function unknownColumn(table: string | undefined, column: string, hint: string | undefined): Mistake {
  return { code: 'unknown-column', message: `${table ?? 'the table'} has no column "${column}"`, hint };
}

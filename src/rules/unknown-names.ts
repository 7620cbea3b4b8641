/** The messages about unknown names of tables, columns and ActionTypes, shared by all kinds of rule files. */
import type { Mistake } from '../diagnostics/diagnostic.ts';
import { asQuestion, didYouMean, suggest } from '../diagnostics/nearest.ts';
import { DATABASE, DEVICES, type List, type ListSet } from './lists/list.ts';
import { actionTypesOf, misspeltActionType, tablesWithActionType } from './schema/index.ts';

/** @param written the name as the file has it. */
export function unknownTable(written: string, tableNames: readonly string[]): Mistake {
  return {
    code: 'unknown-table',
    message: `no table "${written}" is known`,
    hint: didYouMean(written, tableNames) ?? 'if it is new, its columns are taken as they come',
  };
}

/** @param table undefined if the file applies to rows of any table. */
export function unknownColumn(table: string | undefined, column: string, hint: string | undefined): Mistake {
  return { code: 'unknown-column', message: `${table ?? 'the table'} has no column "${column}"`, hint };
}

/** The mistake in the name of a list. */
export function unknownList(written: string, lists: ListSet | undefined): Mistake {
  const names = [...(lists?.keys() ?? [])].filter((name) => name !== DEVICES);
  const hint =
    names.length === 0 ? `put ${written}.csv or ${written}.txt into lists/` : suggest(written, names);
  return { code: 'unknown-list', message: `no list is named "${written}"`, hint };
}

/** The mistake of what reads lists and names a database, or reads databases and names a list. */
export function wrongList({ name, type }: List): Mistake {
  const message =
    type === DATABASE
      ? `"${name}" is a database of addresses`
      : `"${name}" is a list, and no database of addresses`;
  const hint =
    type === DATABASE
      ? 'only the step "geo" reads it'
      : `the step "lookup" reads it; a database is a file lists/NAME.mmdb`;
  return { code: 'wrong-list', message, hint };
}

/** The mistake in an ActionType; undefined if the table has it, or may have it because the table's list is not complete. */
export function wrongActionType(table: string, written: string): Mistake | undefined {
  const known = actionTypesOf(table);
  if (!known || written === '' || known.names.has(written.toLowerCase())) return undefined;
  const others = tablesWithActionType(written);
  const misspelt = asQuestion(misspeltActionType(written, known));
  if (!known.complete && misspelt === undefined && others.length === 0) return undefined;
  const elsewhere = others.length === 0 ? undefined : `it is one of ${others.join(' and ')}`;
  const names = [...known.names.values()];
  const near = misspelt ?? (known.complete ? didYouMean(written, names) : undefined);
  return {
    code: 'unknown-action-type',
    message: `${table} has no ActionType "${written}" that is known`,
    hint: elsewhere ?? near ?? `known: ${names.join(', ')}`,
  };
}

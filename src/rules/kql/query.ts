/** Writes queries of KQL: the rows of a table that meet conditions. */
import { type Condition, conjuncts, printCondition } from './condition.ts';
import type { AddedColumn, KqlScope } from './scope.ts';

/** The rows of one table that a rule finds. */
export interface TableQuery {
  readonly table: string;
  /** The column that holds a row's time; undefined if the table has none. */
  readonly time: string | undefined;
  /** Conditions on columns of the table, which are tested before any column is added. */
  readonly first: readonly Condition[];
  readonly added: readonly AddedColumn[];
  /** Conditions that may read the added columns. */
  readonly last: readonly Condition[];
}

/** Divides a condition into what needs no added column and what does. */
export function tableQuery(scope: KqlScope, condition: Condition): TableQuery {
  const { schema, added } = scope;
  const items = conjuncts(condition);
  const isFirst = (item: Condition) => !added.some(({ name }) => holdsName(printCondition(item), name));
  return {
    table: schema.table,
    time: ['Timestamp', 'TimeGenerated'].find((name) => schema.columns.has(name)),
    first: items.filter(isFirst),
    added,
    last: items.filter((item) => !isFirst(item)),
  };
}

/** Whether a text may name a column; true rather than false if it stands in a string. */
function holdsName(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!/\w/.test(text.charAt(at - 1)) && !/\w/.test(text.charAt(at + name.length))) return true;
  }
  return false;
}

/** The lines of a query on one table. @param over a timespan such as `30d`; undefined for no bound. */
export function printTableQuery(query: TableQuery, over: string | undefined): readonly string[] {
  const { table, time, first, added, last } = query;
  const where = (condition: Condition) => `| where ${printCondition(condition)}`;
  return [
    table,
    ...(over !== undefined && time !== undefined ? [`| where ${time} > ago(${over})`] : []),
    ...first.map(where),
    ...added.map(({ name, expression }) => `| extend ${name} = ${expression}`),
    ...last.map(where),
  ];
}

/** One query for the rows of several. @param more the lines that follow. */
export function printUnion(queries: readonly (readonly string[])[], more: readonly string[] = []): string {
  const [only] = queries;
  if (only && queries.length === 1) return [...only, ...more].join('\n');
  const parts = queries.map((lines) => `(${lines.join('\n    ')})`);
  return [`union isfuzzy=true\n${parts.join(',\n')}`, ...more].join('\n');
}

/** Converts compiled rules, filters and routes into queries of Advanced Hunting. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Schema } from '../schema/index.ts';
import type { CompiledNarrowing, CompiledRule } from '../sigma/index.ts';
import type { Expression } from '../sigma/language/expression.ts';
import { allOf, type Condition } from './condition.ts';
import { conditionOf } from './expression.ts';
import { commentLine } from './literals.ts';
import { printTableQuery, printUnion, type TableQuery, tableQuery } from './query.ts';
import { KqlScope } from './scope.ts';

/** What converting needs to know. */
export interface ConvertContext {
  readonly schema: Schema;
  /** The time by which exceptions expire, in milliseconds since the epoch. */
  readonly now: number;
  /** How far back the query looks, as a timespan of KQL such as `30d`; undefined: as far as the portal does. */
  readonly over: string | undefined;
  /** The titles of the filters of table files that drop rows of a table before any rule sees them. Default: there are none. */
  readonly filtersOf?: (table: string) => readonly string[];
}

/** The query of a rule. */
export interface Conversion {
  readonly title: string;
  readonly id: string | undefined;
  readonly file: string;
  readonly line: number;
  readonly tables: readonly string[];
  /** Undefined if a part of the rule cannot be written as a query; the diagnostics have the reasons as errors. */
  readonly query: string | undefined;
  /** Where the query does not, or may not, find what the rule finds. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What a query is made for. */
export interface Subject {
  readonly title: string;
  readonly id?: string | undefined;
  readonly file: string;
  readonly line: number;
}

/** Converts a rule. @param compiled the rule on each of its tables, at least one. */
export function convertRule(compiled: readonly CompiledRule[], context: ConvertContext): Conversion {
  const [{ rule } = { rule: undefined }] = compiled;
  const diagnostics: Diagnostic[] = [];
  const queries = compiled.map((one) => ruleOnTable(one, context, (found) => diagnostics.push(found)));
  const subject = {
    title: rule?.title ?? '',
    id: rule?.id,
    file: rule?.file ?? '',
    line: rule?.span.line ?? 1,
  };
  return conversion(subject, queries, diagnostics, context);
}

/** The rows of one table that a rule matches and nothing narrows away. */
function ruleOnTable(
  rule: CompiledRule,
  context: ConvertContext,
  report: (diagnostic: Diagnostic) => void,
): TableQuery {
  const schema = context.schema.find(rule.table) ?? { table: rule.table, columns: new Map() };
  const scope = new KqlScope(schema, report);
  return tableQuery(scope, ruleCondition(rule, context, scope));
}

/** The condition of rows that a rule matches and nothing narrows away. Says so if filters of the table drop some of them earlier. */
export function ruleCondition(
  { rule, table, detection, narrowings }: CompiledRule,
  { now, filtersOf }: ConvertContext,
  scope: KqlScope,
): Condition {
  const own = conditionOf(detection.expression, rule.file, scope);
  const filters = filtersOf?.(table) ?? [];
  if (filters.length > 0) {
    scope.at(rule.file, rule.span);
    scope.note('kql-filter', filterNote(table, filters));
  }
  const inForce = narrowings.filter(({ of: { expires } }) => expires === undefined || now < expires.at);
  return allOf([own, ...inForce.map((one) => narrowing(one, scope))]);
}

/** How many filters a note names. */
const NAMED_FILTERS = 3;

function filterNote(table: string, titles: readonly string[]): string {
  const named = titles.slice(0, NAMED_FILTERS).map((title) => `"${title}"`);
  const more = titles.length > NAMED_FILTERS ? [`${titles.length - NAMED_FILTERS} more`] : [];
  const filters = titles.length === 1 ? 'the filter' : 'the filters';
  return `the query also finds rows that ${filters} of ${table} would drop: ${[...named, ...more].join(', ')}`;
}

/** An exception takes away what it matches, and a filter what it does not. */
function narrowing({ of, detection: { expression } }: CompiledNarrowing, scope: KqlScope): Condition {
  if (of.kind === 'filter') return conditionOf(expression, of.file, scope);
  return conditionOf({ kind: 'not', item: expression, span: of.span }, of.file, scope);
}

/** A condition of a table file on its table. */
export interface TableCondition extends Subject {
  readonly table: string;
  /** Undefined: all rows. */
  readonly expression: Expression | undefined;
}

/** Converts the condition of a filter or a route. */
export function convertCondition(condition: TableCondition, context: ConvertContext): Conversion {
  const { table, expression, file } = condition;
  const diagnostics: Diagnostic[] = [];
  const schema = context.schema.find(table) ?? { table, columns: new Map() };
  const scope = new KqlScope(schema, (found) => diagnostics.push(found));
  const query = tableQuery(scope, expression ? conditionOf(expression, file, scope) : allOf([]));
  return conversion(condition, [query], diagnostics, context);
}

function conversion(
  { title, id, file, line }: Subject,
  queries: readonly TableQuery[],
  diagnostics: readonly Diagnostic[],
  { over }: ConvertContext,
): Conversion {
  const isRefused = diagnostics.some(({ severity }) => severity === 'error');
  const query = isRefused
    ? undefined
    : withComments(
        { title, id, file, line },
        printUnion(queries.map((one) => printTableQuery(one, over))),
        diagnostics,
      );
  const tables = [...new Set(queries.map(({ table }) => table))];
  return { title, id, file, line, tables, query, diagnostics };
}

/** A query under the title of its rule and what is to be said of it. */
export function withComments(
  { title, id, file, line }: Subject,
  query: string,
  diagnostics: readonly Diagnostic[],
): string {
  const head = [title, ...(id === undefined ? [] : [`id ${id}`]), `${file}:${line}`];
  const notes = diagnostics.map((one) => `${one.file}:${one.span.line}: ${one.message} [${one.code}]`);
  return [...head, ...notes].map(commentLine).concat(query).join('\n');
}
